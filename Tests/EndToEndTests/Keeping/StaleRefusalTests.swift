// What is given of what is kept: all of it if no server is there, nothing of it if a server refuses or hangs.

import Glibc
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Kept answers, and servers that refuse", .serialized)
    struct StaleRefusalTests {
        private static let parameters = ["stale_while_down": "mailboxes=1h", "lookup_timeout": "3s"]
        private static let found = SocketmapReply.ok("mbx/user1/")

        /// A daemon that has kept an answer.
        private func warmed(
            _ scene: KeepingScene, _ parameters: [String: String] = [:], hosts: [ThrowawayCluster]? = nil
        ) throws -> (MapmuxProcess, SocketmapClient) {
            let mapmux = try scene.daemon(Self.parameters.merging(parameters) { $1 }, hosts: hosts)
            let client = try mapmux.client()
            #expect(try client.lookup("mailboxes", "user1@mbx.test") == Self.found)
            return (mapmux, client)
        }

        /// Connections end before it is known that there will be no others. From the first failure on, there are only failures.
        private func expectFailures(_ client: SocketmapClient, _ mapmux: MapmuxProcess) throws {
            try waitUntil("nothing that was kept is given: \(mapmux.log())") {
                try client.lookup("mailboxes", "user1@mbx.test").isTemporary
            }
            for _ in 0..<30 {
                let reply = try client.lookup("mailboxes", "user1@mbx.test")
                #expect(reply.isTemporary, "\(reply) \(mapmux.log().suffix(2000))")
                usleep(50_000)
            }
        }

        /// - Parameter message: what only servers that are away, or full, say.
        private func expectKept(
            _ client: SocketmapClient, _ mapmux: MapmuxProcess, saying message: String
        ) throws {
            try mapmux.waitForLog(message)
            for _ in 0..<30 {
                let reply = try client.lookup("mailboxes", "user1@mbx.test")
                #expect(reply == Self.found, "\(reply) \(mapmux.log().suffix(2000))")
                usleep(20_000)
            }
            // Nobody is told of what is not there that it isn't.
            #expect(try client.lookup("mailboxes", "nobody@mbx.test").isTemporary)
        }

        private func expectDatabase(_ client: SocketmapClient, _ mapmux: MapmuxProcess) throws {
            try waitUntil("the database answers again: \(mapmux.log())") {
                try client.lookup("mailboxes", "nobody@mbx.test") == .notFound
            }
        }

        @Test("A search whose keys wait when the last server goes is answered by the first one that is kept")
        func waitingSearch() throws {
            let scene = try KeepingScene()
            let long = String(repeating: "x", count: 80)
            try scene.sql("INSERT INTO mailboxes VALUES ('\(long)@mbx.test', 'mbx/long/')")
            let (mapmux, client) = try warmed(
                scene,
                [
                    "lookup_timeout": "1m", "query_timeout": "50s",
                    "map_parameters": "mailboxes=virtual_mailbox_maps",
                ])
            let keys = ["\(long)+ext@mbx.test", "\(long)@mbx.test", "user1@mbx.test", "user1+ext@mbx.test"]
            let values = try keys.map { try client.lookup("mailboxes", $0) }
            #expect(values == [.ok("mbx/long/"), .ok("mbx/long/"), Self.found, Self.found])
            let lock = try TableLock("mailboxes", cluster: scene.primary, database: KeepingScene.database)
            let clients = try keys.map { _ in try mapmux.client() }
            for (client, key) in zip(clients, keys) {
                try client.send(SocketmapClient.request("mailboxes", Array(key.utf8)))
            }
            try lock.waitForSomeone()
            try scene.primary.stop(.immediate)
            for (client, value) in zip(clients[1...2], values[1...2]) {
                #expect(try client.readReply() == value, "\(mapmux.log().suffix(2000))")
            }
            for (key, value) in zip(keys, values) {
                #expect(try client.lookup("mailboxes", key) == value, "\(mapmux.log().suffix(2000))")
            }
        }

        @Test("A login that is refused gets temporary failures: password, database, right to connect")
        func logins() throws {
            let scene = try KeepingScene()
            for (refusal, undo) in [
                (
                    "ALTER ROLE \(KeepingScene.role) NOLOGIN", "ALTER ROLE \(KeepingScene.role) LOGIN"
                ),
                (
                    "ALTER DATABASE \(KeepingScene.database) ALLOW_CONNECTIONS false",
                    "ALTER DATABASE \(KeepingScene.database) ALLOW_CONNECTIONS true"
                ),
                (
                    "REVOKE CONNECT ON DATABASE \(KeepingScene.database) FROM PUBLIC",
                    "GRANT CONNECT ON DATABASE \(KeepingScene.database) TO PUBLIC"
                ),
                (
                    "UPDATE pg_database SET datname = 'elsewhere' WHERE datname = '\(KeepingScene.database)'",
                    "UPDATE pg_database SET datname = '\(KeepingScene.database)' WHERE datname = 'elsewhere'"
                ),
            ] {
                let (mapmux, client) = try warmed(scene)
                try scene.primary.psql("postgres", refusal)
                try scene.terminate()
                try expectFailures(client, mapmux)
                try scene.primary.psql("postgres", undo)
                try expectDatabase(client, mapmux)
            }
        }

        @Test("A password that is wrong by now gets temporary failures")
        func password() throws {
            let scene = try KeepingScene()
            let (mapmux, client) = try warmed(scene)
            try scene.primary.replace(
                "pg_hba.conf",
                with: "local all \(KeepingScene.role) scram-sha-256\nlocal all postgres trust\n")
            try scene.primary.psql(
                "postgres", "ALTER ROLE \(KeepingScene.role) PASSWORD 'other'; SELECT pg_reload_conf()")
            try waitUntil("the login is refused: \(mapmux.log())") {
                try scene.terminate()
                return mapmux.log().contains("password")
            }
            try expectFailures(client, mapmux)
        }

        @Test("A query that fails gets temporary failures: the right to select, a table that is gone")
        func queries() throws {
            let scene = try KeepingScene()
            let (mapmux, client) = try warmed(scene)
            for (refusal, undo) in [
                (
                    "REVOKE SELECT ON mailboxes FROM \(KeepingScene.role)",
                    "GRANT SELECT ON mailboxes TO \(KeepingScene.role)"
                ),
                (
                    "ALTER TABLE mailboxes RENAME TO elsewhere", "ALTER TABLE elsewhere RENAME TO mailboxes"
                ),
            ] {
                try scene.sql(refusal)
                try expectFailures(client, mapmux)
                try scene.sql(undo)
                try expectDatabase(client, mapmux)
            }
        }

        @Test("A server that hangs gets temporary failures, before and after its connections are given up")
        func hanging() throws {
            let scene = try KeepingScene()
            let (mapmux, client) = try warmed(
                scene, ["lookup_timeout": "2s", "query_timeout": "1s", "connect_timeout": "2s"])
            try scene.primary.freeze()
            for _ in 0..<4 {
                let reply = try client.lookup("mailboxes", "user1@mbx.test")
                #expect(reply.isTemporary, "\(reply) \(mapmux.log().suffix(2000))")
            }
            try mapmux.waitForLog("timeout expired")
            for _ in 0..<3 {
                let reply = try client.lookup("mailboxes", "user1@mbx.test")
                #expect(reply.isTemporary, "\(reply) \(mapmux.log().suffix(2000))")
            }
            scene.primary.thaw()
            try expectDatabase(client, mapmux)
        }

        @Test("A standby that lags too far gets temporary failures")
        func lag() throws {
            let scene = try KeepingScene(standbys: [[:]])
            let (mapmux, client) = try warmed(
                scene, ["max_replica_lag": "1s"], hosts: [scene.clusters[1]])
            try scene.clusters[1].psql("postgres", "SELECT pg_wal_replay_pause()")
            try scene.sql("INSERT INTO domains VALUES ('other.test')")
            try expectFailures(client, mapmux)
            #expect(mapmux.log().contains("lags"), "\(mapmux.log())")
        }

        @Test("One of two hosts is away, and the other one refuses: temporary failures")
        func mixed() throws {
            let scene = try KeepingScene(standbys: [[:]])
            let (mapmux, client) = try warmed(scene)
            try scene.primary.psql("postgres", "ALTER ROLE \(KeepingScene.role) NOLOGIN")
            try waitUntil("the standby refuses the login") {
                try scene.clusters[1].psql(
                    "postgres", "SELECT rolcanlogin FROM pg_roles WHERE rolname = '\(KeepingScene.role)'")
                    == "f"
            }
            try scene.primary.stop(.immediate)
            try scene.terminate(in: scene.clusters[1])
            try expectFailures(client, mapmux)
        }

        @Test("Servers that are away, end, start or are full: what is kept is given")
        func outages() throws {
            let scene = try KeepingScene()
            do {
                let (mapmux, client) = try warmed(scene)
                try scene.primary.psql(
                    "postgres", "ALTER ROLE \(KeepingScene.role) CONNECTION LIMIT 0")
                try waitUntil("there is no connection") {
                    try scene.terminate()
                    return try scene.connections(to: scene.primary) == 0
                }
                try expectKept(client, mapmux, saying: "too many connections")
                try scene.primary.psql(
                    "postgres", "ALTER ROLE \(KeepingScene.role) CONNECTION LIMIT -1")
                try expectDatabase(client, mapmux)
            }
            for mode in [ThrowawayCluster.StopMode.fast, .immediate, .kill] {
                let (mapmux, client) = try warmed(scene)
                try scene.primary.stop(mode)
                try expectKept(client, mapmux, saying: "database host failed")
                try scene.primary.start()
                try expectDatabase(client, mapmux)
            }
        }

        @Test("While connections are ended by the administrator, nobody gets a failure")
        func terminated() throws {
            let scene = try KeepingScene()
            let (mapmux, client) = try warmed(scene)
            for _ in 0..<10 {
                try scene.terminate()
                for _ in 0..<20 {
                    #expect(try client.lookup("mailboxes", "user1@mbx.test") == Self.found, "\(mapmux.log())")
                }
            }
        }
    }
}
