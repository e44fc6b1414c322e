// What the daemon counts, against what its clients have seen.

import Foundation
import Glibc
import LookupStatistics
import LookupValues
import TestSupport
import Testing
import ThrowawayServers

extension MapmuxProcess {
    /// What `mapmux stats --json` prints.
    func statistics() throws -> StatisticsSnapshot {
        let result = try run("stats", ["--json"])
        guard result.status == 0 else { throw SupportError("mapmux stats: \(result.stderr) \(log())") }
        return try JSONDecoder().decode(StatisticsSnapshot.self, from: Data(result.stdout))
    }
}

extension StatisticsSnapshot {
    fileprivate func map(_ name: String) throws -> MapStatistics {
        try #require(maps.first { $0.name == name })
    }

    fileprivate var lookups: OutcomeCounts {
        maps.reduce(into: OutcomeCounts()) { $0.merge($1.lookups) }
    }
}

extension EndToEnd {
    @Suite("Statistics", .serialized)
    struct StatisticsTests {
        @Test("Every lookup is counted once, as what its client was told", arguments: [1, 2])
        func sums(workers: Int) throws {
            let scene = try Scene()
            let (mapmux, load) = try underLoad(
                scene, parameters: ["workers": "\(workers)", "batch_statements": "auto"])
            try load.waitForRight(20_000)
            let counts = try load.stop()
            expectOnlyRight(counts, mapmux)
            let client = try mapmux.client()
            #expect(try client.lookup("addresses", [0xff, 0xfe]) == .notFound)
            #expect(try client.lookup("literals", "no domain") == .notFound)
            #expect(try client.lookup("numbers", "seven").isTemporary)
            if case .perm = try client.lookup("nowhere", "x") {} else { Issue.record("nowhere is a map") }

            let statistics = try mapmux.statistics()
            #expect(statistics.process.workers == workers)
            #expect(statistics.maps.map(\.name) == ["addresses", "numbers", "literals"])
            // `underLoad` has asked until there was a value: one is right, and those before it failed at once.
            let before = statistics.lookups.temporary - 1
            #expect(statistics.lookups.found == counts.found + 1)
            #expect(statistics.lookups.notFound == counts.notFound + 2)
            #expect(try statistics.map("numbers").lookups.temporary == 1)
            #expect(before >= 0)
            #expect(try statistics.map("addresses").lookups.temporary == before)
            #expect(statistics.lookups.permanent == 0)
            #expect(try statistics.map("addresses").suppressed.notUTF8 == 1)
            #expect(try statistics.map("addresses").proxymap.total == 0)
            let socketmap = try #require(statistics.endpoints.first { $0.clientProtocol == .socketmap })
            #expect(socketmap.unknownMaps == 1)
            #expect(socketmap.accepted >= 32 && socketmap.clients >= 1)

            for map in statistics.maps {
                // A lookup that a pool has answered has a duration, and one that a query has answered three.
                #expect(map.inPool.count == map.inPostgreSQL.count)
                #expect(map.inPool.count <= map.total.count)
                #expect(map.inPool.sum + map.inPostgreSQL.sum <= map.total.sum)
                #expect(map.total.quantile(0.5) > 0)
            }
            let answered = statistics.maps.reduce(0) { $0 + $1.inPool.count }
            let suppressed = statistics.maps.reduce(0) { $0 + $1.suppressed.total }
            #expect(answered == statistics.lookups.found + statistics.lookups.notFound - suppressed)

            let target = try #require(statistics.targets.first)
            #expect(statistics.targets.count == 1)
            #expect(target.waiting == 0 && target.inFlight == 0)
            #expect(target.hosts.map(\.state) == [.up] && target.isLive)
            // One that has been replaced may still be ending.
            try waitUntil("the server has the connections that are told of") {
                try scene.connections(to: scene.cluster) == mapmux.statistics().targets[0].hosts[0].ready
            }
            // A value that is no number: data exception, with parameters and with literals.
            #expect(target.errors.first { $0.class == "22" }?.count ?? 0 >= 1)
            // Each query that was sent is one that somebody wanted, or the repetition of one.
            let sent = target.prepared + target.unnamed + target.literal + target.batches.sum
            #expect(sent == answered + 1 - target.shared + target.retries)
            let error = try #require(statistics.recentErrors.last { $0.message.contains("query failed") })
            #expect(error.place.hasSuffix("numbers.cf") && !error.message.contains("seven"))

            let table = try mapmux.run("stats", [])
            #expect(table.status == 0)
            #expect(table.text.contains("addresses") && table.text.contains("TARGET postgres@"))
        }

        @Test("A host that goes and comes back: losses, failures and reconnects, and a line each in the log")
        func hostStates() throws {
            let scene = try Scene()
            let mapmux = try MapmuxProcess(maps: try scene.loadTables())
            try mapmux.start()
            try waitForValue(mapmux)
            try waitUntil("the pool is whole") { try mapmux.statistics().targets[0].hosts[0].ready == 4 }
            try scene.cluster.stop(.immediate)
            try waitUntil("the host fails") { try mapmux.statistics().targets[0].hosts[0].state == .failing }
            try waitUntil("connecting fails") {
                try mapmux.statistics().targets[0].hosts[0].connectFailures > 0
            }
            var host = try mapmux.statistics().targets[0].hosts[0]
            // More where one had been renewed already.
            #expect(host.ready == 0 && host.disconnects == 4 && host.connects >= 4, "\(host)")
            #expect(
                try mapmux.statistics().recentErrors.contains { $0.message.contains("database host failed") })
            try scene.cluster.start()
            try waitUntil("the pool is whole again") {
                try mapmux.statistics().targets[0].hosts[0].ready == 4
            }
            try waitForValue(mapmux)
            let target = try mapmux.statistics().targets[0]
            host = target.hosts[0]
            // One may have come in the place that is kept for renewals.
            #expect(
                host.state == .up && host.connects >= 8 && target.reconnects >= 3 && target.failovers == 0,
                "\(target)")
            for line in ["database host failed", "database host is back"] {
                #expect(
                    mapmux.log().split(separator: "\n").count { $0.contains(line) } == 1, "\(mapmux.log())")
            }
        }

        @Test("Connections that a lost host had are failovers where another host has them now")
        func failover() throws {
            let scene = try Scene(hosts: 2)
            let mapmux = try MapmuxProcess(maps: try scene.loadTables())
            try mapmux.start()
            try waitForValue(mapmux)
            try waitUntil("the pool is whole") {
                try mapmux.statistics().targets[0].hosts.map(\.ready) == [2, 2]
            }
            try scene.clusters[0].stop(.immediate)
            try waitUntil("the other host has all") {
                try mapmux.statistics().targets[0].hosts.map(\.ready).max() == 4
            }
            let target = try mapmux.statistics().targets[0]
            #expect(target.failovers == 2 && target.reconnects == 2)
            #expect(target.hosts.map(\.disconnects).sorted() == [0, 2])
        }

        @Test(
            "A host that hangs for a while is avoided, and a line says so and another that it is used again")
        func hang() throws {
            let scene = try Scene(hosts: 0, tcpHosts: 2)
            let proxies = try scene.clusters.map { try FaultProxy(before: $0) }
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables(hosts: proxies.map(\.host).joined(separator: " ")))
            try mapmux.start()
            try waitForValue(mapmux)
            try waitUntil("the pool is whole") {
                try mapmux.statistics().targets[0].hosts.map(\.ready) == [2, 2]
            }
            let load = LoadClients(path: mapmux.socketPath, choose: Scene.lookup)
            try load.waitForRight(1_000)
            proxies[0].set(.stalled)
            try waitUntil("the host is avoided") {
                try mapmux.statistics().targets[0].hosts.contains { $0.state == .avoided }
            }
            try mapmux.waitForLog("database host hangs")
            proxies[0].lift()
            // The log shows a host without `inet:`.
            try mapmux.waitForLog(
                "database host is used again, after it had hung host=\(proxies[0].host.dropFirst(5))")
            expectNoneWrongOrLost(try load.stop(), mapmux)
        }

        @Test("Counts outlive a reload that replaces every pool")
        func reload() throws {
            let scene = try Scene()
            let maps = try scene.loadTables()
            let mapmux = try MapmuxProcess(maps: maps)
            try mapmux.start()
            try waitForValue(mapmux)
            let before = try mapmux.statistics()
            try mapmux.configure(maps: maps, parameters: ["pool_size": "2"])
            let reload = try mapmux.run("reload", [])
            #expect(reload.status == 0 && reload.text == "reloaded\n", "\(reload.stderr)")
            try waitForValue(mapmux)
            try waitUntil("the new pool is alone") {
                try mapmux.statistics().targets[0].hosts[0].ready == 2
            }
            let after = try mapmux.statistics()
            #expect(after.process.reloadsSucceeded == 1 && after.process.reloadsFailed == 0)
            #expect(after.process.configurationLoadedAt > before.process.configurationLoadedAt)
            #expect(after.process.startedAt == before.process.startedAt)
            #expect(after.lookups.found > before.lookups.found)
            #expect(after.targets.count == 1)
            #expect(after.targets[0].hosts[0].connects >= before.targets[0].hosts[0].connects + 2)
        }
    }
}
