// Hosts whose names come to mean another address while the daemon runs.

import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Host names", .serialized)
    struct HostNameTests {
        private static let name = "database.mapmux.test"
        private static let table = "server"

        /// Two servers on the same port of different addresses.
        private let first: ThrowawayCluster
        private let second: ThrowawayCluster
        private let hosts: PrivateHosts
        private let mapmux: MapmuxProcess
        private let directory: TemporaryDirectory

        init() throws {
            first = try ThrowawayCluster(tcp: true)
            second = try ThrowawayCluster(address: "127.0.0.2", portOf: first)
            hosts = try PrivateHosts(Self.name, at: "127.0.0.1")
            directory = try TemporaryDirectory()
            let table = try directory.write(
                "\(Self.table).cf",
                """
                hosts = inet:\(Self.name):\(try #require(first.port))
                user = postgres
                dbname = postgres
                retry_interval = 1s
                query = SELECT host(inet_server_addr()) || ' says %s'

                """)
            mapmux = try MapmuxProcess(maps: ["pgsql:\(table)"], hosts: hosts)
            try mapmux.start()
        }

        private func waitForAnswer(from address: String) throws {
            let client = try mapmux.client()
            try waitUntil("\(address) answers: \(mapmux.log())") {
                try client.lookup(Self.table, "so") == .ok("\(address) says so")
            }
        }

        private func connections(to cluster: ThrowawayCluster) throws -> Int? {
            Int(
                try cluster.psql(
                    "postgres",
                    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mapmux'"))
        }

        @Test("The name's address changes and the old server stops, there and back: the new one answers")
        func serverStops() throws {
            try waitForAnswer(from: "127.0.0.1")
            try hosts.point(Self.name, to: "127.0.0.2")
            try first.stop()
            try waitForAnswer(from: "127.0.0.2")
            try first.start()
            try hosts.point(Self.name, to: "127.0.0.1")
            try second.stop()
            try waitForAnswer(from: "127.0.0.1")
            try waitUntil("the pool is whole: \(mapmux.log())") { try connections(to: first) == 4 }
        }

        @Test("The name's address changes and the connections are cut: the old server, though up, is left")
        func connectionsAreCut() throws {
            try waitForAnswer(from: "127.0.0.1")
            try waitUntil("the pool is whole: \(mapmux.log())") { try connections(to: first) == 4 }
            try hosts.point(Self.name, to: "127.0.0.2")
            // A connection that stands needs no name.
            try waitForAnswer(from: "127.0.0.1")
            let cut =
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mapmux'"
            try first.psql("postgres", cut)
            try waitForAnswer(from: "127.0.0.2")
            try waitUntil("the pool has moved: \(mapmux.log())") {
                // One that was being made meanwhile has looked up the address before.
                try first.psql("postgres", cut)
                return try connections(to: second) == 4 && connections(to: first) == 0
            }
        }
    }
}
