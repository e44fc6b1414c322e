// mapmux-bench mail: the measure of a relay is a message, so whole mails are sent through real ones.

import ArgumentParser
import BenchmarkReport
import EventLoop
import Foundation
import LoadEngine

struct MailComparison: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail",
        abstract: "Compare relays that differ in nothing but what answers Postfix's lookups.",
        discussion: """
            Each has a Postfix of its own, before one throwaway PostgreSQL. SMTP sessions bring messages of many clients \
            to many recipients, which end in smtp-sink(1). With one session, all lookups go through a relay that tells \
            how long Postfix waits for them. Writes mail.md, mail.svg and mail.json. Exits with 1 if a mail of mapmux's \
            did not end where it must.
            """)

    @Option(help: "Contenders, by commas: \(MailContender.allCases.map(\.rawValue).joined(separator: ", ")).")
    var only: String?

    @Option(help: "Numbers of sessions at a time, by commas; with 1, lookups are watched.")
    var sessions: String?

    @Option(help: "Distances of the database, by commas: by how many milliseconds a round trip is longer.")
    var distances = "0,1"

    @Option(help: "How many messages a round has; with one session, an eighth of that.")
    var messages: Int?

    @Option(help: "How often everything is measured.")
    var rounds: Int?

    @Option(help: "How many addresses there are.")
    var addresses = 100_000

    @Flag(help: "Less of everything.")
    var quick = false

    @Option(name: [.customShort("o")], help: "A parameter of mapmux.conf, NAME=VALUE.")
    var parameters: [String] = []

    @Option(help: "The directory for the results.")
    var output = ".build/benchmarks"

    func run() throws {
        let contenders = try only.map { try Lists.parse($0, MailContender.init) } ?? MailContender.allCases
        let sizes = Set(try Lists.parse(sessions ?? (quick ? "1,20" : "1,20,100")) { Int($0) }).sorted()
        let distances = try Lists.parse(distances) { Double($0) }
        let rounds = rounds ?? (quick ? 3 : 5)
        let messages = messages ?? (quick ? 400 : 1_200)
        guard !sizes.isEmpty, sizes.allSatisfy({ $0 > 0 && $0 <= 1_000 }), rounds > 0, messages > 7,
            distances.allSatisfy({ $0 >= 0 }), addresses >= 1_000
        else {
            throw ValidationError(
                "Expected numbers above 0, 1000 sessions at most, 8 messages and 1000 addresses at least.")
        }
        guard raiseDescriptorLimit() > 3_000 else {
            throw ValidationError("This process may have too few open files.")
        }
        let lines = try Lists.assignments(parameters)
        var progress = Progress(total: distances.count * sizes.count * rounds * contenders.count)
        progress.say("PostgreSQL: \(addresses) addresses")
        let mix = MailMix(addresses: addresses)
        let database = try MailDatabase(mix)
        var results = MailResults(
            conditions: MailConditions(
                machine: Machine(postgresql: try database.cluster.version()), addresses: addresses,
                rounds: rounds, messages: messages, parameters: lines))
        for distance in distances {
            let servers = try contenders.map { contender in
                progress.say("a relay: \(contender.title)")
                return try MailServer(
                    contender, database: database, distance: distance, isWatched: sizes.contains(1),
                    parameters: lines)
            }
            for size in sizes {
                let all = MailRounds(
                    database: database, servers: servers, distance: distance, sessions: size,
                    messages: size == 1 ? messages / 8 : messages,
                    // Each process of Postfix has asked for something before it counts.
                    warmUp: max(20, 3 * size), isWatched: size == 1, count: rounds)
                let (cells, measured) = all.run(mix: mix) { round, contender, measurement in
                    progress.note(
                        """
                        \(MailReport.place(distance)), \(size) sessions, round \(round + 1) of \(rounds): \
                        \(contender.rawValue) \
                        \(measurement.map { "\(Int(Double($0.messages) / $0.seconds)) mails/s" } ?? "does not run")
                        """)
                }
                // What they hold open is not to be counted again.
                if size == 1 { for server in servers { try server.endWatching() } }
                results.add(cells, distance: distance, sessions: size, measured: measured)
                progress.show(MailReport.table(cells))
                // What there is so far, in case that somebody stops it here.
                try results.write(to: output)
            }
        }
        progress.show("\(results.markdown)\nWritten to \(output): mail.md, mail.svg, mail.json")
        for example in results.examples { progress.say(example) }
        if results.ownFaults > 0 { throw ExitCode.failure }
    }
}
