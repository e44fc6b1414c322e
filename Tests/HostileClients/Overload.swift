// More load than the database can serve: what is answered then, how long it takes, and what is done in vain.

import ArgumentParser
import EventLoop
import Glibc
import LoadEngine
import ThrowawayServers

struct Overload: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a table whose queries take milliseconds, with ever more clients.",
        discussion: """
            The peak is that of moderate numbers of clients; then many more ask for a while, and few again. \
            Exits with 1 after a wrong or lost answer, or one later than lookup_timeout and a second.
            """)

    @Option(help: "Clients that are too many.")
    var clients = 4_000

    @Option(help: "Seconds of overload.")
    var seconds = 20.0

    private static let lookupTimeout = 2

    func run() throws {
        _ = raiseDescriptorLimit()
        let site = try HostileSite(parameters: ["lookup_timeout": "\(Self.lookupTimeout)s"])
        print(
            """
            | clients | seconds | answered a second | queries executed for each | temporary failures a second \
            | p50, p99, longest (ms) | daemon's memory (MiB) | wrong or lost |
            |---|---|---|---|---|---|---|---|
            """)
        var isLate = false
        // Whoever has asked stays connected, as Postfix's processes do, and is owed an answer.
        var everybody: [PoliteClients] = []
        for (count, span) in [(8, 5), (32, 5), (128, 5), (clients, seconds), (32, 3), (8, 3)] {
            let polite = try PoliteClients(count, map: HostileSite.heavy, path: site.mapmux.socketPath)
            everybody.append(polite)
            // With the few, right from the start: that is what recovery means.
            if count == clients { polite.run(seconds: Double(Self.lookupTimeout)) }
            let executed = try site.executed()
            let result = polite.run(seconds: span)
            let queries = try site.executed() - executed
            print(
                """
                | \(count) | \(span) | \(Int(result.rate(of: result.right))) \
                | \((Double(queries) / Double(max(1, result.right)) * 100).rounded() / 100) \
                | \(Int(result.rate(of: result.failed))) \
                | \(Int(result.p50)), \(Int(result.p99)), \(Int(result.longest)) \
                | \(try site.mapmux.holdings().residentMemory >> 20) | \(polite.faults) |
                """)
            fflush(nil)
            if Int(result.longest) > (Self.lookupTimeout + 1) * 1_000 || polite.faults > 0 { isLate = true }
        }
        withExtendedLifetime(everybody) {}
        if isLate { throw ExitCode.failure }
    }
}
