// `mapmux reload`.

internal import ArgumentParser
internal import Daemon

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
