// The control socket's protocol: a command a line, and an answer a line, which is a JSON object.

internal import DaemonLog
internal import FoundationEssentials
package import LookupStatistics
internal import LookupValues

/// What the daemon can be told.
package enum ControlCommand: Equatable, Sendable {
    case stats
    case reload
    case drain
    /// Say which parameters have which values.
    case config
    /// Have the lookups of this target wait, or of all, and leave its database alone.
    case pause(target: String?)
    case resume(target: String?)

    /// The first word of each.
    static let words = ["stats", "reload", "drain", "config", "pause", "resume"]

    /// Without the newline at its end; nil: there is no such command.
    init?(line: String) {
        let parts = line.split(separator: " ", maxSplits: 1)
        let argument = parts.count > 1 ? String(parts[1]) : nil
        switch (parts.first, argument) {
        case ("stats", nil): self = .stats
        case ("reload", nil): self = .reload
        case ("drain", nil): self = .drain
        case ("config", nil): self = .config
        case ("pause", let target): self = .pause(target: target)
        case ("resume", let target): self = .resume(target: target)
        default: return nil
        }
    }

    package var line: [UInt8] {
        func line(_ word: String, _ argument: String?) -> [UInt8] {
            Array("\(word)\(argument.map { " \($0)" } ?? "")\n".utf8)
        }
        return switch self {
        case .stats: line("stats", nil)
        case .reload: line("reload", nil)
        case .drain: line("drain", nil)
        case .config: line("config", nil)
        case .pause(let target): line("pause", target)
        case .resume(let target): line("resume", target)
        }
    }
}

/// What it says to that.
package struct ControlAnswer: Equatable, Sendable, Codable {
    package enum Status: String, Sendable, Codable {
        case done
        /// The configuration is served, but for tables whose files or logins can't be used.
        case partial
        /// The configuration has errors, or can't be served: the old one stays. Or there is nothing of that name.
        case refused
        /// There is no such command, or it can't be obeyed now.
        case failed
    }

    package var status: Status
    /// What is wrong, a line each; warnings too.
    package var messages: [String] = []
    /// To `stats`.
    package var statistics: StatisticsSnapshot?
    /// To `config`: the values that were given, by parameter.
    package var parameters: [String: String]?

    package init(
        _ status: Status, _ messages: [String] = [], statistics: StatisticsSnapshot? = nil,
        parameters: [String: String]? = nil
    ) {
        self.status = status
        self.messages = messages
        self.statistics = statistics
        self.parameters = parameters
    }

    package init(line: [UInt8]) throws {
        self = try JSONDecoder().decode(ControlAnswer.self, from: Data(line))
    }

    /// With the newline that ends it: JSONEncoder writes none elsewhere.
    var line: [UInt8] { encoded(self) + [UInt8(ascii: "\n")] }
}

/// Executes a command; the answer may come later.
typealias ControlExecutor = (ControlCommand, @escaping (ControlAnswer) -> Void) -> Void
