// Options that are lists.

import ArgumentParser

enum Lists {
    /// The values of a list, by commas.
    static func parse<Value>(_ list: String, _ value: (String) -> Value?) throws -> [Value] {
        try list.split(separator: ",").map { item in
            guard let parsed = value(String(item)) else { throw ValidationError("What is \"\(item)\"?") }
            return parsed
        }
    }

    /// Lines of mapmux.conf.
    static func assignments(_ parameters: [String]) throws -> [String: String] {
        var all: [String: String] = [:]
        for assignment in parameters {
            let parts = assignment.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw ValidationError("Expected NAME=VALUE, not \(assignment).") }
            all[parts[0]] = parts[1]
        }
        return all
    }
}
