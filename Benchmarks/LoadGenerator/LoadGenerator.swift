// mapmux-load: many clients of a socketmap or proxymap endpoint, each asking one key after another, every answer verified.

internal import ArgumentParser
internal import EventLoop
internal import LoadEngine
internal import LookupValues

@main
struct LoadGenerator: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mapmux-load",
        abstract: "Put an endpoint under load and verify its answers.",
        discussion: """
            The keys are user<i>@example<i % 1000>.com for all i from 1 to --keys in a random order, and the value \
            expected is mbox<i>@store<i % 10>.example.net; where i is a multiple of 50, nothing is to be found. The \
            workload `hot` asks for the first 1000 of them only. The workload `mailmix` asks all tables that \
            mapmux-bench makes, by the names alias, domain, access and transport.
            """)

    @Option(help: "The path of the socket.")
    var socket: String

    @Option(help: "The name of the map to ask; of the workload `mailmix`, what precedes its tables' names.")
    var map: String

    @Option(name: .customLong("protocol"), help: "socketmap or proxymap.")
    var kind = SocketProtocol.socketmap

    @Option(help: "unique, mailmix or hot.")
    var workload = WorkloadKind.unique

    @Flag(help: "Expect \"not found\" for each key, as of a map whose `domain` leaves all out.")
    var nothing = false

    @Option(help: "How many clients ask at the same time.")
    var clients = 50

    @Option(help: "How many lookups are made in all.")
    var lookups = 100_000

    @Option(help: "How long they are made instead, after one second that does not count.")
    var seconds: Double?

    @Option(help: "How many different keys there are.")
    var keys = 1_000_000

    @Option(help: "The seed of the random keys.")
    var seed: UInt64 = 1

    func validate() throws {
        guard clients > 0, lookups >= clients, keys > 0, seconds ?? 1 > 0 else {
            throw ValidationError(
                "Expected --clients and --keys above 0, and a lookup for each client at least.")
        }
    }

    func run() throws {
        guard raiseDescriptorLimit() > clients + 16 else {
            throw ValidationError("So many clients need more open files than this process may have.")
        }
        let loop = try EventLoop()
        let load = Load(loop: loop, workload: Workload(workload, addresses: keys, seed: seed))
        let form = RequestForm(kind, findsNothing: nothing) { workload == .mailmix ? map + $0.name : map }
        let running = try (0..<clients).map { _ in try SocketClient(path: socket, form: form, load: load) }
        let length = seconds.map { Load.Length.time(warmUp: 1_000_000_000, measured: Int64($0 * 1e9)) }
        let result = load.run(running, for: length ?? .lookups(lookups))
        print(result.text)
        if result.faults > 0 { throw ExitCode.failure }
    }
}

extension SocketProtocol: ExpressibleByArgument {}
extension WorkloadKind: ExpressibleByArgument {}
