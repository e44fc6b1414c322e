// `mapmux stats`, `reload`, `drain`, `pause` and `resume`: what a running daemon is asked and told through its control socket.

internal import ArgumentParser
internal import Daemon
internal import LookupStatistics

extension ConfigurationOptions {
    /// A connection to the daemon that has this configuration.
    func connectToDaemon() throws -> ControlClient {
        guard let path = source.controlSocket({ complain($0) }) else { throw ExitCode.configurationError }
        return try orComplain { () throws(ControlError) in try ControlClient(path: path) }
    }
}

/// Does what may find no daemon.
func orComplain<Value>(_ body: () throws(ControlError) -> Value) throws -> Value {
    do throws(ControlError) {
        return try body()
    } catch {
        complain("\(error)")
        throw ExitCode.unavailable
    }
}

extension ControlClient {
    func statistics() throws -> StatisticsSnapshot {
        let answer = try orComplain { () throws(ControlError) in try ask(.stats) }
        guard let statistics = answer.statistics else {
            for message in answer.messages { complain(message) }
            throw ExitCode.unavailable
        }
        return statistics
    }
}

struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what the running daemon has counted.",
        discussion: """
            Lookups, their outcomes and how long they took by map, and the state of connections and hosts by target, \
            since the daemon's start. Exits 69 if no daemon answers.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "Print JSON: durations are nanoseconds, times seconds since 1970.")
    var json = false

    @Flag(help: "Show each connection to PostgreSQL instead, by the number that pg_stat_activity has for it.")
    var connections = false

    func run() throws {
        let statistics = try options.connectToDaemon().statistics()
        switch (json, connections) {
        case (true, false): print(String(decoding: statistics.json(isPretty: true), as: UTF8.self))
        case (true, true): print(String(decoding: statistics.connectionsJSON, as: UTF8.self))
        case (false, false): for line in statistics.report { say(line) }
        case (false, true): for line in statistics.connectionReport { say(line) }
        }
    }
}

struct Reload: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Have the running daemon read its configuration and all tables again.",
        discussion: """
            Waits for the result. Exits 0 if the new configuration is served, 1 with what is wrong if it is but for tables \
            whose files or logins can't be used, 78 with what is wrong if the old one stays, 69 if no daemon answers.
            """)

    @OptionGroup var options: ConfigurationOptions

    func run() throws {
        let client: ControlClient
        do {
            client = try options.connectToDaemon()
        } catch {
            complain(
                "where control_socket has been changed, the daemon is still at the old place: give that by -o, or "
                    + "send it SIGHUP")
            throw error
        }
        let answer = try orComplain { () throws(ControlError) in try client.ask(.reload) }
        for message in answer.messages { complain(message) }
        switch answer.status {
        case .done: say("reloaded")
        case .partial:
            complain("reloaded, but for the tables named above: the rest of the configuration is in use")
            throw ExitCode.failure
        case .refused: throw ExitCode.configurationError
        case .failed: throw ExitCode.unavailable
        }
    }
}

struct Drain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Have the running daemon answer what it was asked and end, and wait for that.",
        discussion: "Exits 0 when the daemon has ended, 69 if no daemon answers.")

    @OptionGroup var options: ConfigurationOptions

    func run() throws {
        let client = try options.connectToDaemon()
        let answer = try orComplain { () throws(ControlError) in try client.ask(.drain) }
        guard answer.status == .done else {
            for message in answer.messages { complain(message) }
            throw ExitCode.unavailable
        }
        client.waitForEnd()
        say("drained")
    }
}

struct Pause: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Have lookups wait while a database is restarted.",
        discussion: """
            Nothing is sent to the target's database any more, and the connections to it are closed as soon as what is under \
            way is answered. Lookups wait, until their lookup_timeout is over. Ends with mapmux resume, by itself after 60 \
            seconds, or with the daemon. Exits 64 if there is no such target, 69 if no daemon answers.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Argument(help: "A target, as mapmux stats names it; all if it is left out.")
    var target: String?

    func run() throws {
        for name in try options.connectToDaemon().tellTargets(.pause(target: target)) {
            say("paused for 60 s at most: \(name)")
        }
    }
}

struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Have lookups asked again after mapmux pause.",
        discussion: "Exits 64 if there is no such target, 69 if no daemon answers.")

    @OptionGroup var options: ConfigurationOptions

    @Argument(help: "A target, as mapmux stats names it; all if it is left out.")
    var target: String?

    func run() throws {
        for name in try options.connectToDaemon().tellTargets(.resume(target: target)) {
            say("resumed: \(name)")
        }
    }
}

extension ControlClient {
    /// - Returns: the names of the targets that were told.
    fileprivate func tellTargets(_ command: ControlCommand) throws -> [String] {
        let answer = try orComplain { () throws(ControlError) in try ask(command) }
        if answer.status == .done { return answer.messages }
        for message in answer.messages { complain(message) }
        throw answer.status == .refused ? ExitCode.validationFailure : ExitCode.unavailable
    }
}
