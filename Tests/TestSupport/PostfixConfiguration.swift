// A private Postfix configuration directory, and the answers of the real postmap(1) with it.

import Foundation
import Glibc
import ThrowawayServers

package struct PostfixConfiguration: Sendable {
    package enum Answer: Equatable, Sendable {
        case found([UInt8])
        case notFound
        /// The lookup failed; what postmap says about it.
        case failed(String)
    }

    private let path: String
    /// Keeps a directory of its own alive.
    private let directory: TemporaryDirectory?

    /// The configuration that is in the directory `path` already.
    package init(existing path: String) {
        self.path = path
        directory = nil
    }

    /// - Parameter parameters: main.cf lines beyond those that postmap needs.
    package init(parameters: [String: String] = [:]) throws {
        let directory = try TemporaryDirectory()
        self.directory = directory
        path = directory.path
        let lines = parameters.map { "\($0.key) = \($0.value)\n" }.sorted().joined()
        try directory.write("main.cf", "compatibility_level = 3.6\nsmtputf8_enable = yes\n" + lines)
        // Distributions ship table types as plug-ins that are looked up next to main.cf.
        let settings = try run("postconf", ["-d", "-h", "meta_directory", "shlib_directory"])
        guard settings.status == 0 else { throw SupportError("postconf: \(settings.stderr)") }
        let paths = settings.text.split(separator: "\n").map(String.init)
        let plugin = "\(paths.last ?? "")/postfix-pgsql.so"
        guard unsafe access(plugin, R_OK) == 0 else {
            throw SupportError("\(plugin) is missing: install the postfix-pgsql package")
        }
        try directory.write("dynamicmaps.cf", "pgsql\tpostfix-pgsql.so\tdict_pgsql_open\n")
    }

    /// Asks for all keys of all tables: one process a table where that works, else one a key.
    ///
    /// - Returns: an answer a key, in their order.
    package func answers(_ questions: [(table: String, keys: [[UInt8]])]) throws -> [[Answer]] {
        var answers = try questions.map { try postmap(queryAll: $0.keys, table: $0.table) }
        // A postmap that fails sleeps for a second before it ends, so many run side by side.
        var single: [(question: Int, key: Int)] = []
        for (question, known) in answers.enumerated() where known == nil {
            let keys = questions[question].keys.indices
            answers[question] = keys.map { _ in .notFound }
            single += keys.map { (question, $0) }
        }
        var running: [(question: Int, key: Int, command: Command)] = []
        var next = 0
        while next < single.count || !running.isEmpty {
            while running.count < 64, next < single.count {
                let (question, key) = single[next]
                let (table, keys) = questions[question]
                running.append((question, key, try start(query: keys[key], table: table)))
                next += 1
            }
            usleep(2000)
            running = try running.filter { question, key, command in
                guard let result = try command.result() else { return true }
                let (table, keys) = questions[question]
                answers[question]?[key] = try Self.answer(result, key: keys[key], table: table)
                return false
            }
        }
        return answers.map { $0 ?? [] }
    }

    /// Asks a process of its own for each key, so that no answer knows of another one's session.
    ///
    /// - Returns: an answer a question, in their order.
    package func freshAnswers(_ questions: [(table: String, key: [UInt8])]) throws -> [Answer] {
        var answers = [Answer](repeating: .notFound, count: questions.count)
        var running: [(number: Int, command: Command)] = []
        var next = 0
        while next < questions.count || !running.isEmpty {
            // One that fails sleeps for a second before it ends, so a few more run than there are processors.
            while running.count < 24, next < questions.count {
                let (table, key) = questions[next]
                running.append((next, try start(query: key, table: table)))
                next += 1
            }
            usleep(2000)
            running = try running.filter { number, command in
                guard let result = try command.result() else { return true }
                let (table, key) = questions[number]
                answers[number] = try Self.answer(result, key: key, table: table)
                return false
            }
        }
        return answers
    }

    /// Asks one process for one key.
    package func postmap(query key: [UInt8], table: String) throws -> Answer {
        let command = try start(query: key, table: table)
        var result: Command.Result?
        try waitUntil("postmap ends") {
            result = try command.result()
            return result != nil
        }
        return try Self.answer(result!, key: key, table: table)
    }

    /// Asks one process for all keys, which must not hold newlines.
    ///
    /// - Returns: an answer a key; nil when postmap died at an erring key or when its output can be read in two
    ///   ways, so that the keys must be asked one by one.
    package func postmap(queryAll keys: [[UInt8]], table: String) throws -> [Answer]? {
        let input = keys.flatMap { $0 + [UInt8(ascii: "\n")] }
        let arguments = ["-c", path, "-q", "-", table].map { Array($0.utf8) }
        let command = try Command("postmap", bytes: arguments, stdin: input)
        var result: Command.Result?
        try waitUntil("postmap ends", within: 120) {
            result = try command.result()
            // It would sleep for another second.
            return try result != nil || command.error().contains("fatal:")
        }
        guard let result, !result.stderr.contains("fatal:") else { return nil }
        guard result.status == 0 || result.status == 1 else {
            throw SupportError("postmap -q - \(table): status \(result.status), \(result.stderr)")
        }
        return parseAnswers(result.stdout, keys: keys)
    }

    private func start(query key: [UInt8], table: String) throws -> Command {
        guard !key.contains(0) else { throw SupportError("postmap cannot ask for a key with a NUL") }
        let before = ["-c", path, "-q"].map { Array($0.utf8) }
        let arguments = before + [key, Array(table.utf8)]
        return try Command("postmap", bytes: arguments, stdin: Self.isMinus(key) ? Array("-\n".utf8) : [])
    }

    /// A lone minus means standard input, so it is asked for through that.
    private static func isMinus(_ key: [UInt8]) -> Bool { key == [UInt8(ascii: "-")] }

    private static func answer(_ result: Command.Result, key: [UInt8], table: String) throws -> Answer {
        switch result.status {
        case 0 where result.stdout.last == UInt8(ascii: "\n"):
            return .found(Array(result.stdout.dropLast().dropFirst(isMinus(key) ? 2 : 0)))
        case 1 where !result.stderr.contains("fatal:"):
            return .notFound
        case 1:
            return .failed(result.stderr)
        default:
            throw SupportError("postmap -q … \(table): status \(result.status), \(result.stderr)")
        }
    }
}

/// Reads `key<TAB>value` lines, which come in the order of the keys with those left out that were not found.
///
/// - Returns: nil where a line fits no key, as when a value holds a newline.
package func parseAnswers(_ output: [UInt8], keys: [[UInt8]]) -> [PostfixConfiguration.Answer]? {
    var answers = [PostfixConfiguration.Answer](repeating: .notFound, count: keys.count)
    var next = 0
    var lines = output.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard lines.popLast()?.isEmpty == true else { return nil }
    for line in lines {
        while next < keys.count, !line.starts(with: keys[next] + [UInt8(ascii: "\t")]) { next += 1 }
        guard next < keys.count else { return nil }
        answers[next] = .found(Array(line.dropFirst(keys[next].count + 1)))
        next += 1
    }
    return answers
}
