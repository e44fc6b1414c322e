// mapmux-load: many clients of a socketmap endpoint, each asking one key after another, every answer verified.

internal import ArgumentParser
internal import EventLoop
internal import LookupValues
import VerifiedLoad

@main
struct LoadGenerator: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mapmux-load",
        abstract: "Put a socketmap endpoint under load and verify its answers.",
        discussion: """
            The keys are user<i>@example<i % 1000>.com for random i from 1 to --keys, and the value expected is \
            mbox<i>@store<i % 10>.example.net; where i is a multiple of 50, nothing is to be found.
            """)

    @Option(help: "The path of the socket.")
    var socket: String

    @Option(help: "The name of the map to ask.")
    var map: String

    @Option(help: "How many clients ask at the same time.")
    var clients = 50

    @Option(help: "How many lookups are made in all.")
    var lookups = 100_000

    @Option(help: "How many different keys there are.")
    var keys = 1_000_000

    @Option(help: "The seed of the random keys.")
    var seed: UInt64 = 1

    func validate() throws {
        guard clients > 0, lookups >= clients, keys > 0 else {
            throw ValidationError(
                "Expected --clients and --keys above 0, and a lookup for each client at least.")
        }
    }

    func run() throws {
        guard raiseDescriptorLimit() > clients + 16 else {
            throw ValidationError("So many clients need more open files than this process may have.")
        }
        let loop = try EventLoop()
        let load = Load(map: map, lookups: lookups, keys: keys, seed: seed)
        var running: [LoadClient] = []
        for _ in 0..<clients {
            running.append(try LoadClient(socket: try connectPatiently(to: socket), loop: loop, load: load))
        }
        let start = MonotonicClock.now()
        for client in running { client.start() }
        while load.isUnderWay { loop.turn(until: nil) }
        let nanoseconds = MonotonicClock.now().nanoseconds - start.nanoseconds
        print(load.report(clients: clients, nanoseconds: nanoseconds))
        if load.wrong + load.failed + load.lost > 0 { throw ExitCode.failure }
    }
}
