// `mapmux pause` and `mapmux resume`.

internal import ArgumentParser
internal import Daemon

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

    func validate() throws { try refuseEmpty(target) }

    func run() throws {
        for name in try options.connectToDaemon().tell(.pause(target: target)) {
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

    func validate() throws { try refuseEmpty(target) }

    func run() throws {
        for name in try options.connectToDaemon().tell(.resume(target: target)) {
            say("resumed: \(name)")
        }
    }
}

/// Refuses an empty name: a shell's variable that is not set does not mean all targets.
private func refuseEmpty(_ target: String?) throws {
    if target?.isEmpty ?? false { throw ValidationError("found an empty name, expected a target's name") }
}

extension ControlClient {
    /// - Returns: the names of the targets or maps that the command applies to.
    func tell(_ command: ControlCommand) throws -> [String] {
        let answer = try orComplain { () throws(ControlError) in try ask(command) }
        if answer.status == .done { return answer.messages }
        for message in answer.messages { complain(message) }
        throw answer.status == .refused ? ExitCode.validationFailure : ExitCode.unavailable
    }
}
