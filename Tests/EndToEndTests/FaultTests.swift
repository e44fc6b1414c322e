// Databases that fail and hosts that die, all while clients ask.

import FoundationEssentials
import Glibc
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Under faults", .serialized)
    struct FaultTests {
        private let terminateAll = """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = '\(Scene.database)' AND backend_type = 'client backend' AND pid <> pg_backend_pid()
            """

        @Test("PostgreSQL sees pool_size connections, whatever the number of clients and tables")
        func connectionCount() throws {
            let scene = try Scene()
            let (mapmux, load) = try underLoad(scene, parameters: ["pool_size": "3"], clients: 64)
            try waitUntil("three connections") { try scene.connections(to: scene.cluster) == 3 }
            for _ in 0..<20 {
                // One more while it takes another's place, as those may that were made when little was known of the server. The
                // process of a connection that is closed is seen until it has ended.
                try waitUntil("four connections at most", within: 2) {
                    try scene.connections(to: scene.cluster) <= 4
                }
                #expect(try scene.connections(to: scene.cluster) >= 3)
                try load.waitForRight(100)
            }
            try waitUntil("three connections again") { try scene.connections(to: scene.cluster) == 3 }
            let counts = try load.stop()
            expectOnlyRight(counts, mapmux)
            #expect(counts.notFound > 0)
        }

        @Test("One connection terminated after the other: no client notices")
        func someTerminated() throws {
            let scene = try Scene()
            let (mapmux, load) = try underLoad(scene)
            for _ in 0..<20 {
                // Only once the pool is whole again: else there may be no other connection to go to.
                try waitUntil("four connections") { try scene.connections(to: scene.cluster) == 4 }
                try scene.cluster.psql(Scene.database, "\(terminateAll) ORDER BY random() LIMIT 1")
                try load.waitForRight(200)
            }
            expectOnlyRight(try load.stop(), mapmux)
        }

        @Test("Every connection terminated at once, again and again: no wrong answer and no lost one")
        func allTerminated() throws {
            let scene = try Scene()
            let (mapmux, load) = try underLoad(scene)
            for _ in 0..<20 {
                try scene.cluster.psql(Scene.database, terminateAll)
                try load.waitForRight(200)
            }
            let counts = try load.stop()
            expectNoneWrongOrLost(counts, mapmux)
            try waitUntil("four connections again") { try scene.connections(to: scene.cluster) == 4 }
        }

        @Test(
            "PostgreSQL stopped and started: temporary failures meanwhile, then values again",
            arguments: [ThrowawayCluster.StopMode.fast, .immediate, .kill])
        func stoppedAndStarted(_ mode: ThrowawayCluster.StopMode) throws {
            let scene = try Scene()
            // Lookups wait for half of that before they fail at once.
            let (mapmux, load) = try underLoad(scene, parameters: ["lookup_timeout": "4s"])
            for _ in 0..<2 {
                let before = load.current.temporary
                try scene.cluster.stop(mode)
                // The processes of a killed postmaster may go on answering for a while.
                try waitUntil("temporary failures") { load.current.temporary > before }
                try scene.cluster.start()
                try load.waitForRight(1000)
            }
            expectNoneWrongOrLost(try load.stop(), mapmux)
            #expect(mapmux.isRunning)
            // From here on nothing fails any more.
            let after = LoadClients(path: mapmux.socketPath, choose: Scene.lookup)
            try after.waitForRight(2000)
            expectOnlyRight(try after.stop(), mapmux)
        }

        @Test("Of two hosts either may die under load: no client notices")
        func oneOfTwoHosts() throws {
            let scene = try Scene(hosts: 2)
            let (mapmux, load) = try underLoad(scene)
            let modes: [ThrowawayCluster.StopMode] = [.kill, .immediate, .fast, .kill]
            for (round, mode) in modes.enumerated() {
                let victim = scene.clusters[round % 2]
                try victim.stop(mode)
                try load.waitForRight(2000)
                try victim.start()
                // The host is not in use for retry_interval at most, and what is not in use cannot take over.
                let rested = ContinuousClock.now + .seconds(3)
                try waitUntil("the retry interval is over") { ContinuousClock.now > rested }
                try load.waitForRight(500)
            }
            expectOnlyRight(try load.stop(), mapmux)
        }

        @Test("A server that takes only two connections (53300): those do, and it is seldom asked for more")
        func tooManyConnections() throws {
            let scene = try Scene()
            try scene.cluster.psql(
                Scene.database, "CREATE ROLE few LOGIN CONNECTION LIMIT 2; GRANT SELECT ON addresses TO few")
            let table = try scene.table(
                "addresses", query: "SELECT goto FROM addresses WHERE address = '%s'", more: "user = few")
            let mapmux = try MapmuxProcess(maps: [table], parameters: ["pool_size": "20"])
            try mapmux.start()
            let load = LoadClients(path: mapmux.socketPath) { random in
                let number = random / 64 % Scene.count
                return LoadClients.Lookup(
                    map: "addresses", key: "user\(number)@example.com",
                    value: "box\(number)@store.example.net")
            }
            try load.waitForRight(1000)
            #expect(try scene.connections(to: scene.cluster) == 2)
            func refusals() throws -> Int {
                String(decoding: try readFile(scene.cluster.logPath), as: UTF8.self)
                    .components(separatedBy: "too many connections for role").count - 1
            }
            // The back-off has grown to retry_interval, a second, by then; its jitter takes half of it at most.
            let first = try refusals()
            try waitUntil("the host is tried again") { try refusals() >= first + 4 }
            let settled = try refusals()
            let start = ContinuousClock.now
            try waitUntil("the host is tried again") { try refusals() >= settled + 4 }
            #expect(ContinuousClock.now - start > .seconds(1))
            try scene.cluster.psql(Scene.database, "ALTER ROLE few CONNECTION LIMIT -1")
            try waitUntil("the pool has its size: \(mapmux.log())") {
                try scene.connections(to: scene.cluster) == 20
            }
            expectOnlyRight(try load.stop(), mapmux)
        }

        @Test("A database that is frozen as a whole: temporary failures, and values again when it thaws")
        func frozen() throws {
            let scene = try Scene()
            let (mapmux, load) = try underLoad(scene, parameters: ["lookup_timeout": "1s"], clients: 8)
            try scene.cluster.freeze()
            defer { scene.cluster.thaw() }
            try waitUntil("a lookup fails: \(load.current)") { load.current.temporary > 0 }
            scene.cluster.thaw()
            try load.waitForRight(1000)
            expectNoneWrongOrLost(try load.stop(), mapmux)
        }

        @Test("The processes of all connections freeze: others answer, and no client notices")
        func frozenProcesses() throws {
            let scene = try Scene()
            let (mapmux, load) = try underLoad(scene, clients: 8)
            let pids = try scene.cluster.psql(
                Scene.database,
                """
                SELECT pid FROM pg_stat_activity
                WHERE datname = '\(Scene.database)' AND pid <> pg_backend_pid()
                """
            ).split(separator: "\n").compactMap { pid_t($0) }
            #expect(pids.count == 4)
            for pid in pids { kill(pid, SIGSTOP) }
            defer { for pid in pids { kill(pid, SIGCONT) } }
            try load.waitForRight(1000)
            for pid in pids { kill(pid, SIGCONT) }
            try load.waitForRight(1000)
            expectOnlyRight(try load.stop(), mapmux)
        }
    }
}
