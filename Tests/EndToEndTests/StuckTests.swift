// Databases that neither answer nor fail: a host that freezes, and a lock that is held.

import Glibc
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Stuck databases", .serialized)
    struct StuckTests {
        @Test("Of two hosts the preferred one freezes: the other one answers, and no client notices")
        func frozenHost() throws {
            let scene = try Scene(tcpHosts: 1)
            let clients = 8
            let (mapmux, load) = try underLoad(
                scene, parameters: ["lookup_timeout": "2s", "connect_timeout": "2s"], clients: clients)
            #expect(try scene.connections(to: scene.clusters[1]) == 0)
            try scene.cluster.freeze()
            defer { scene.cluster.thaw() }
            try load.waitForRight(2000)
            scene.cluster.thaw()
            try waitUntil("the preferred host has all the connections again: \(mapmux.log())") {
                try scene.connections(to: scene.cluster) == 4
            }
            try load.waitForRight(2000)
            expectOnlyRight(try load.stop(), mapmux)
        }

        @Test("Reloads while queries wait for a lock leave no connection behind")
        func reloadWhileLocked() throws {
            let scene = try Scene()
            let maps = try scene.loadTables()
            let mapmux = try MapmuxProcess(maps: maps, parameters: ["lookup_timeout": "2s"])
            try mapmux.start()
            try waitForValue(mapmux)
            let lock = try TableLock("addresses", in: scene)
            let client = try mapmux.client()
            for round in 0..<5 {
                try client.send(SocketmapClient.request("numbers", Array("\(round)".utf8)))
                try lock.waitForSomeone()
                let logged = mapmux.log().count
                let extra = try scene.table("extra", query: "SELECT 'round \(round) %s'")
                try mapmux.configure(maps: maps + [extra], parameters: ["lookup_timeout": "2s"])
                mapmux.signal(SIGHUP)
                try mapmux.waitForLog("reloaded", beyond: logged)
            }
            for _ in 0..<5 { #expect(try client.readReply().isTemporary) }
            // A server process that waits for a lock does not notice that its client has gone.
            try waitUntil("the pool has its size again, while the lock is held: \(mapmux.log())") {
                try scene.connections(to: scene.cluster) <= 4
            }
            try lock.release()
            try waitForValue(mapmux)
            try waitUntil("the pool has its size: \(mapmux.log())") {
                try scene.connections(to: scene.cluster) == 4
            }
        }
    }
}
