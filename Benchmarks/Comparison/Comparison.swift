// mapmux-bench lookups: mapmux and what else answers Postfix's lookups from PostgreSQL, measured in alternating rounds.

import ArgumentParser
import BenchmarkReport
import EventLoop
import Foundation
import LoadEngine

struct Comparison: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lookups",
        abstract: "Compare mapmux with what else answers Postfix's lookups from PostgreSQL.",
        discussion: """
            All of them stand before one throwaway PostgreSQL and are measured in turn. `direct` and `pgbouncer` are \
            clients with a libpq connection each that send simple queries, as Postfix does for a pgsql: table. \
            `responder` and `mapmux-filtered` ask no database, and stand only in `mailmix` and `hot`. Writes \
            results.md, results.svg and results.json. Exits with 1 when mapmux has given any other answer than the \
            right one.
            """)

    @Option(help: "Contenders, by commas: \(Contender.allCases.map(\.rawValue).joined(separator: ", ")).")
    var only: String?

    @Option(help: "Numbers of clients, by commas.")
    var clients: String?

    @Option(help: "Workloads, by commas: \(WorkloadKind.allCases.map(\.rawValue).joined(separator: ", ")).")
    var workload = WorkloadKind.allCases.map(\.rawValue).joined(separator: ",")

    @Option(help: "How often everything is measured.")
    var rounds: Int?

    @Option(help: "How long a round's measuring takes.")
    var seconds: Double?

    @Option(help: "How long a round's clients have been asking before.")
    var warmUp: Double?

    @Option(help: "How many addresses the table has; a million, or a tenth of that with --quick.")
    var rows: Int?

    @Flag(help: "Less of everything: some three minutes instead of some thirty.")
    var quick = false

    @Option(help: "Connections of the ceiling to PostgreSQL.")
    var ceilingConnections = 2

    @Option(name: [.customShort("o")], help: "A parameter of mapmux.conf, NAME=VALUE.")
    var parameters: [String] = []

    @Option(help: "The directory for the results.")
    var output = ".build/benchmarks"

    func run() throws {
        let contenders = try only.map { try Lists.parse($0, Contender.init) } ?? Contender.allCases
        let sizes = try Lists.parse(clients ?? (quick ? "50,1000" : "1,50,1000,4000,10000")) { Int($0) }
        let workloads = try Lists.parse(workload, WorkloadKind.init)
        let rounds = rounds ?? (quick ? 3 : 5)
        let seconds = seconds ?? (quick ? 0.6 : 1.3)
        let warmUp = warmUp ?? (quick ? 0.2 : 0.4)
        let settings = Site.Settings(
            rows: rows ?? (quick ? 100_000 : 1_000_000), contenders: contenders, clients: sizes.max() ?? 0,
            // A thousand of them take ten seconds to be made, each time.
            maxConnections: quick ? 700 : 1_600,
            parameters: try Lists.assignments(parameters), ceilingConnections: ceilingConnections)
        guard !sizes.isEmpty, sizes.allSatisfy({ $0 > 0 }), rounds > 0, seconds > 0, warmUp > 0,
            settings.rows >= 1_000, ceilingConnections > 0
        else { throw ValidationError("Expected numbers above 0, and 1000 rows at least.") }
        guard raiseDescriptorLimit() > settings.clients + 100 else {
            throw ValidationError("So many clients need more open files than this process may have.")
        }

        let turns = workloads.map { workload in contenders.count { $0.takesPart(in: workload) } }
        var progress = Progress(total: turns.reduce(0, +) * sizes.count * rounds)
        let site = try Site(settings) { progress.say($0) }
        var results = Results(
            conditions: try Conditions(
                site: site, settings: settings, rounds: rounds, seconds: seconds, warmUp: warmUp))
        for workload in workloads {
            let taking = contenders.filter { $0.takesPart(in: workload) }
            for size in sizes where !taking.isEmpty {
                let all = Rounds(
                    site: site, contenders: taking, workload: workload, clients: size,
                    addresses: settings.rows, count: rounds, warmUp: warmUp, seconds: seconds)
                let (cells, measured) = all.run { round, contender, measurement in
                    progress.note(
                        """
                        \(workload.rawValue), \(size) clients, round \(round + 1) of \(rounds): \
                        \(contender.rawValue) \(measurement.map { "\(Int($0.load.rate))/s" } ?? "does not run")
                        """)
                }
                results.add(cells, workload: workload.rawValue, measured: measured)
                progress.show(MarkdownTable.make(cells))
                // What there is so far, in case that somebody stops it here.
                try results.write(to: output)
            }
        }
        progress.show("\(results.markdown)\nWritten to \(output): results.md, results.svg, results.json")
        if results.ownFaults > 0 { throw ExitCode.failure }
    }
}
