// mapmux-bench memory: how much memory an answer takes that is kept, by filling the room for them.

import ArgumentParser
import BenchmarkReport
import EventLoop
import LoadEngine
import ThrowawayServers

struct MemoryMeasurement: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory",
        abstract: "Measure how much memory an answer takes that mapmux keeps.",
        discussion: """
            Keys of 20 bytes, with values of as many, are asked for until they fill the room that `cache_size` gives. \
            What the daemon has resident then beyond one that keeps nothing, divided by the entries, is an entry's. \
            Exits with 1 if an answer was not the right one.
            """)

    @Option(help: "The room: cache_size of mapmux.conf.")
    var cacheSize = "64M"

    @Option(name: [.customShort("o")], help: "A parameter of mapmux.conf, NAME=VALUE.")
    var parameters: [String] = []

    private static let clients = 50
    /// Keys that are asked for at a time: few of the whole, so that it ends soon after the room is full.
    private static let portion = 5_000
    /// No room is taken to be full before so many portions brought no more entries.
    private static let fullPortions = 3

    func run() throws {
        let lines = try Lists.assignments(parameters)
        let cluster = try ThrowawayCluster()
        let directory = try TemporaryDirectory()
        // Nothing is read: it is PostgreSQL's answers that take room, not their coming about.
        let table = try directory.write(
            "\(LoadTable.alias.name).cf",
            """
            hosts = \(cluster.host)
            user = postgres
            dbname = postgres
            query = \(Workload.entryQuery)

            """)
        func daemon(_ own: [String: String]) throws -> MapmuxProcess {
            let daemon = try MapmuxProcess(
                maps: ["pgsql:\(table)"], parameters: own.merging(lines) { $1 })
            try daemon.start()
            return daemon
        }
        let withoutRoom = try resident(daemon([:]))
        let result = try fill(
            daemon(["cache": "\(LoadTable.alias.name)=1h", "cache_size": cacheSize]),
            withoutRoom: withoutRoom)
        print(result.text)
        if result.faults > 0 { throw ExitCode.failure }
    }

    /// Asks for keys from one on, each as often as the workload has it.
    ///
    /// - Returns: answers other than the right one, and none.
    private func ask(_ daemon: MapmuxProcess, from first: Int, _ keys: Int) throws -> Int {
        let load = Load(loop: try EventLoop(), workload: Workload(entriesFrom: first))
        let form = RequestForm(.socketmap, map: \.name)
        let clients = try (0..<Self.clients).map { _ in
            try SocketClient(path: daemon.socketPath, form: form, load: load)
        }
        return load.run(clients, for: .lookups(keys * Workload.entryRepetitions)).faults
    }

    /// What a daemon has resident that keeps nothing, as much as it has been asked.
    private func resident(_ daemon: MapmuxProcess) throws -> Int {
        guard try ask(daemon, from: 0, Self.portion) == 0 else {
            throw SupportError("an answer is wrong that is not kept")
        }
        return try daemon.holdings().residentMemory
    }

    private func fill(_ daemon: MapmuxProcess, withoutRoom: Int) throws -> MemoryResult {
        var asked = 0
        var faults = 0
        var room = try daemon.keptRoom()
        var withoutMore = 0
        while withoutMore < Self.fullPortions {
            faults += try ask(daemon, from: asked, Self.portion)
            asked += Self.portion
            let former = room.entries
            room = try daemon.keptRoom()
            // A portion displaces as many as it brings: some more or less is no growth.
            withoutMore = room.entries > former + Self.portion / 20 ? 0 : withoutMore + 1
        }
        guard room.entries > 0 else { throw SupportError("nothing was kept") }
        return MemoryResult(
            room: room, withoutRoom: withoutRoom, resident: try daemon.holdings().residentMemory,
            faults: faults)
    }
}
