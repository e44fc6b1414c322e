// The control socket's protocol: each command is a line, and each answer is a line with a JSON object.

internal import DaemonLog
internal import FoundationEssentials
package import LookupStatistics
internal import LookupValues

/// The commands to the daemon.
package enum ControlCommand: Equatable, Sendable {
    case stats
    case reload
    case drain
    /// Report the values of the parameters.
    case config
    /// Have the lookups of this target wait, or of all targets, and send its database no query.
    case pause(target: String?)
    case resume(target: String?)
    /// Forget what is kept of this map, or of all maps; with a key, what is kept for that.
    case flush(map: String?, key: [UInt8]?)
    /// Say what is kept for a key.
    case kept(map: String, key: [UInt8])

    /// The first word of each command.
    static let words = ["stats", "reload", "drain", "config", "pause", "resume", "flush", "kept"]

    /// The command of a line without the newline at its end; nil if there is no such command.
    init?(line: String) {
        // An argument that is empty, such as that of a shell's unset variable, is not one that is left out.
        let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        let argument = parts.count > 1 ? String(parts[1]) : nil
        switch (parts.first, argument) {
        case ("stats", nil): self = .stats
        case ("reload", nil): self = .reload
        case ("drain", nil): self = .drain
        case ("config", nil): self = .config
        case ("pause", let target): self = .pause(target: target)
        case ("resume", let target): self = .resume(target: target)
        case ("flush", let argument):
            let words = argument?.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            self = .flush(
                map: words?.first.map(String.init), key: words?.dropFirst().first.map { Array($0.utf8) })
        case ("kept", let argument?):
            let words = argument.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            guard words.count == 2 else { return nil }
            self = .kept(map: String(words[0]), key: Array(words[1].utf8))
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
        case .kept(let map, let key): Array("kept \(map) ".utf8) + key + [UInt8(ascii: "\n")]
        case .flush(let map, let key):
            Array("flush\(map.map { " \($0)" } ?? "")".utf8) + (key.map { [UInt8(ascii: " ")] + $0 } ?? [])
                + [UInt8(ascii: "\n")]
        }
    }
}

/// The daemon's answer to a command.
package struct ControlAnswer: Equatable, Sendable, Codable {
    package enum Status: String, Sendable, Codable {
        case done
        /// The configuration is served, except for tables whose files or logins can't be used.
        case partial
        /// The configuration has errors, or can't be served: the old one stays. Or no target has the name.
        case refused
        /// There is no such command, or it can't be obeyed now.
        case failed
    }

    package var status: Status
    /// What is wrong, one line each, including warnings.
    package var messages: [String] = []
    /// The answer to `stats`.
    package var statistics: StatisticsSnapshot?
    /// The answer to `config`: the values that were given, by parameter.
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

    /// The answer as JSON, with the newline that ends it: JSONEncoder writes no other newline.
    var line: [UInt8] { encoded(self) + [UInt8(ascii: "\n")] }
}

/// Executes a command; the answer may come later.
typealias ControlExecutor = (ControlCommand, @escaping (ControlAnswer) -> Void) -> Void
