// `mapmux top`: the running daemon, live.

internal import ArgumentParser
internal import Daemon
internal import EventLoop
internal import LookupStatistics
internal import LookupValues

struct Top: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Watch the running daemon: rates, latencies, connections and hosts.",
        discussion: "Ends on q or ^C. Exits 69 if no daemon answers.")

    @OptionGroup var options: ConfigurationOptions

    @Option(name: .shortAndLong, help: ArgumentHelp("Seconds between two looks.", valueName: "seconds"))
    var delay = 1

    func validate() throws {
        guard (1...3_600).contains(delay) else {
            throw ValidationError("found a delay of \(delay), expected 1 to 3600 seconds")
        }
    }

    func run() throws {
        let client = try options.connectToDaemon()
        var now = try client.statistics()
        let terminal: Terminal
        do {
            terminal = try Terminal()
        } catch {
            complain("standard input and output are no terminal (\(error)), expected one; see mapmux stats")
            throw ExitCode.validationFailure
        }
        do {
            try watch(terminal, client, &now)
        } catch {
            terminal.restore()
            complain("\(error)")
            throw ExitCode.unavailable
        }
        terminal.restore()
    }

    /// Shows one screen after another, until the user or the daemon ends it.
    private func watch(
        _ terminal: Terminal, _ client: ControlClient, _ now: inout StatisticsSnapshot
    ) throws(ControlError) {
        var earlier: StatisticsSnapshot?
        while true {
            let due = MonotonicClock.now().advanced(byNanoseconds: Int64(delay) * 1_000_000_000)
            waiting: while true {
                let (columns, rows) = terminal.size
                let size = TopScreen.Size(columns: columns, rows: rows)
                terminal.show(TopScreen(from: earlier, to: now, size: size).lines)
                switch terminal.wait(until: due) {
                case .key(UInt8(ascii: "q")), .key(3), .ended: return
                case .key, .resized: continue
                case .deadline: break waiting
                }
            }
            // The daemon may have ended a connection that was silent for so long.
            let answer = try ControlClient(path: client.path).ask(.stats)
            guard let next = answer.statistics else { return }
            earlier = now
            now = next
        }
    }
}
