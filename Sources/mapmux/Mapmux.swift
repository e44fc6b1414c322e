// The command and its subcommands.

internal import ArgumentParser
internal import Daemon
internal import EventLoop
internal import Glibc

@main
struct Mapmux: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mapmux",
        abstract: "Answers the lookups of Postfix from PostgreSQL, through a few pipelined connections.",
        version: "mapmux \(mapmuxVersion)",
        subcommands: [
            Serve.self, Query.self, Check.self, Init.self, Stats.self, Top.self, Reload.self, Drain.self,
            Pause.self, Resume.self, Flush.self, Status.self, Config.self, Keys.self, Triggers.self,
        ])

    static func main() {
        do {
            try openClosedStreams()
        } catch {
            // There may be no stream for a message.
            _exit(ExitCode.systemFailure.rawValue)
        }
        main(nil)
    }
}
