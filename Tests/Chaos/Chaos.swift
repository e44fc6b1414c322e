// mapmux-chaos: a daemon under load and random faults, every answer judged by what its databases held at the time.

import ArgumentParser
import EventLoop
import Foundation

@main
struct Chaos: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mapmux-chaos",
        abstract: "Put mapmux under load and random faults, and judge every answer.",
        discussion: """
            The databases are throwaway clusters. Exits with 1 after a wrong, stale, swapped, lost, doubled or late \
            answer, after a temporary failure while there was a database to ask, when the daemon ends by itself, and \
            when it does not recover.
            """)

    @Option(help: "How long faults are injected.")
    var minutes = 1.0

    @Option(help: "The seed of the faults, their order, and the load.")
    var seed: UInt64 = 1

    @Option(help: "The daemon's workers.")
    var workers = 1

    @Option(help: "Clients of the socketmap endpoint.")
    var socketmapClients = 160

    @Option(help: "Clients of the proxymap endpoint.")
    var proxymapClients = 60

    @Option(help: "Only faults whose name holds this text.")
    var only = ""

    @Option(help: "How many seconds beyond lookup_timeout are the machine's and not the daemon's fault.")
    var slack = 2

    @Option(help: "How many temporary failures are no failure of the run while there is a database to ask.")
    var tolerate = 0

    func validate() throws {
        guard minutes > 0, workers > 0, socketmapClients > 0, proxymapClients > 0, slack >= 0, tolerate >= 0,
            !kinds.isEmpty
        else {
            throw ValidationError("Expected numbers above 0, and the name of a fault.")
        }
    }

    private var kinds: [FaultKind] {
        FaultKind.allCases.filter { only.isEmpty || $0.rawValue.contains(only) }
    }

    func run() throws {
        _ = raiseDescriptorLimit()
        let run = try ChaosRun(self)
        let problems = try run.run(FaultSchedule(kinds, seed: seed))
        for problem in problems { say("FAILED: \(problem)") }
        if !problems.isEmpty {
            say("The daemon's log ends:\n\(run.log.suffix(4000))")
            throw ExitCode.failure
        }
        say("PASSED")
    }
}

/// Writes a line to the standard output, at once even where that is a file.
func say(_ text: String) {
    FileHandle.standardOutput.write(Data("\(text)\n".utf8))
}
