// `mapmux drain`.

internal import ArgumentParser
internal import Daemon

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
