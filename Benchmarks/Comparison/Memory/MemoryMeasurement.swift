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
            Keys of 20 bytes, and values of as many, are asked for until they fill the room that `cache_size` gives. \
            The growth of the daemon's resident memory, divided by the entries that have come, is an entry's. Exits \
            with 1 if an answer was not the right one.
            """)

    @Option(help: "The room: cache_size of mapmux.conf.")
    var cacheSize = "64M"

    @Option(name: [.customShort("o")], help: "A parameter of mapmux.conf, NAME=VALUE.")
    var parameters: [String] = []

    /// One connection of each has been made, and all buffers have been used, before anything is measured.
    private static let clients = 50
    /// Keys that are asked for at a time: few of the whole, so that it ends soon after the room is full.
    private static let portion = 20_000
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
        let own = ["cache": "\(LoadTable.alias.name)=1h", "cache_size": cacheSize]
        let daemon = try MapmuxProcess(maps: ["pgsql:\(table)"], parameters: own.merging(lines) { $1 })
        try daemon.start()
        let result = try measure(daemon)
        print(result.text)
        if result.faults > 0 { throw ExitCode.failure }
    }

    private func measure(_ daemon: MapmuxProcess) throws -> MemoryResult {
        var asked = 0
        var faults = 0
        func ask(_ keys: Int) throws {
            let load = Load(loop: try EventLoop(), workload: Workload(entriesFrom: asked))
            let form = RequestForm(.socketmap, map: \.name)
            let clients = try (0..<Self.clients).map { _ in
                try SocketClient(path: daemon.socketPath, form: form, load: load)
            }
            faults += load.run(clients, for: .lookups(keys * Workload.entryRepetitions)).faults
            asked += keys
        }
        func sample() throws -> MemoryResult.Sample {
            let room = try daemon.keptRoom()
            return MemoryResult.Sample(
                entries: room.entries, bytes: room.bytes, resident: try daemon.holdings().residentMemory)
        }
        try ask(Workload.entryBlock)
        let begin = try sample()
        var end = begin
        var withoutMore = 0
        while withoutMore < Self.fullPortions {
            try ask(Self.portion)
            let now = try sample()
            // Each is a portion less what it displaces: some more or less is no growth.
            withoutMore = now.entries > end.entries + Self.portion / 20 ? 0 : withoutMore + 1
            end = now
        }
        guard end.entries > begin.entries else { throw SupportError("nothing was kept") }
        return MemoryResult(begin: begin, end: end, faults: faults)
    }
}
