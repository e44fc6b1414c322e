// The control socket's protocol: a command a line, and an answer a line, which is a JSON object.

internal import FoundationEssentials
package import LookupStatistics

/// What the daemon can be told.
package enum ControlCommand: String, CaseIterable, Sendable {
    case stats
    case reload
    case drain

    package var line: [UInt8] { Array("\(rawValue)\n".utf8) }
}

/// What it says to that.
package struct ControlAnswer: Equatable, Sendable, Codable {
    package enum Status: String, Sendable, Codable {
        case done
        /// The configuration is served, but for tables whose files or logins can't be used.
        case partial
        /// The configuration has errors, or can't be served: the old one stays.
        case refused
        /// There is no such command, or it can't be obeyed now.
        case failed
    }

    package var status: Status
    /// What is wrong, a line each; warnings too.
    package var messages: [String] = []
    /// To `stats`.
    package var statistics: StatisticsSnapshot?

    package init(_ status: Status, _ messages: [String] = [], statistics: StatisticsSnapshot? = nil) {
        self.status = status
        self.messages = messages
        self.statistics = statistics
    }

    package init(line: [UInt8]) throws {
        self = try JSONDecoder().decode(ControlAnswer.self, from: Data(line))
    }

    /// With the newline that ends it: JSONEncoder writes none elsewhere.
    var line: [UInt8] { encoded(self) + [UInt8(ascii: "\n")] }
}

extension StatisticsSnapshot {
    /// As JSON: for programs, and for the status page.
    package func json(isPretty: Bool = false) -> [UInt8] { encoded(self, isPretty: isPretty) }
}

/// JSON, with the members of each object by name.
func encoded(_ value: some Encodable, isPretty: Bool = false) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
    do {
        return [UInt8](try encoder.encode(value))
    } catch {
        fatalError("a \(type(of: value)) can't be written as JSON: \(error)")
    }
}
