// Kept answers as the daemon shows them: counted, forgotten, kept over a reload, and given in an outage.

import Foundation
import Glibc
import LookupStatistics
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Figures of kept answers", .serialized)
    struct KeptFiguresTests {
        private func cache(_ mapmux: MapmuxProcess, _ map: String = "addresses") throws -> CacheStatistics {
            try #require(try mapmux.statistics().maps.first { $0.name == map }?.cache)
        }

        @Test("What is kept is counted by map and in all, and flush forgets it")
        func counts() throws {
            let scene = try Scene()
            let parameters = ["cache": "addresses=1h", "workers": "2", "cache_size": "8M"]
            let (mapmux, port) = try daemonWithStatus(scene, parameters: parameters)
            let http = try HTTPClient(to: .tcp(port))
            let before = try cache(mapmux)
            // One client is one worker's.
            let client = try mapmux.client()
            for key in ["user1@example.com", "USER1@example.com", "nobody@example.com"] {
                for _ in 0..<3 { _ = try client.lookup("addresses", key) }
            }
            _ = try client.lookup("numbers", "3")
            let after = try cache(mapmux)
            #expect(after.hitsFound - before.hitsFound == 5 && after.hitsNotFound - before.hitsNotFound == 2)
            #expect(after.misses - before.misses == 2 && after.kept - before.kept == 2)
            #expect(after.basis == .time && after.bypass == nil)
            let snapshot = try mapmux.statistics()
            #expect(snapshot.cache?.hits == after.hits && snapshot.process.cacheSize == 8 << 20)
            #expect(snapshot.maps.first { $0.name == "numbers" }?.cache == nil)
            let report = try mapmux.run("stats", []).text
            #expect(report.contains("\nKEPT "), "\(report)")
            try waitUntil("the metrics have it") {
                try http.request("/metrics").text.contains(
                    "mapmux_cache_hits_total{map=\"addresses\",outcome=\"not_found\"} \(after.hitsNotFound)\n"
                )
            }

            let flushed = try mapmux.run("flush", ["addresses", "User1@example.com"])
            #expect(flushed.status == 0 && flushed.text == "flushed: addresses\n", "\(flushed.stderr)")
            for key in ["user1@example.com", "nobody@example.com"] {
                _ = try client.lookup("addresses", key)
            }
            let kept = try cache(mapmux)
            #expect(kept.misses - after.misses == 1 && kept.hitsNotFound - after.hitsNotFound == 1)
            #expect(try mapmux.run("flush", []).status == 0)
            _ = try client.lookup("addresses", "nobody@example.com")
            #expect(try cache(mapmux).misses - kept.misses == 1)
            let unknown = try mapmux.run("flush", ["numbers"])
            #expect(
                unknown.status == 64 && unknown.stderr.contains("expected addresses"), "\(unknown.stderr)")
            // What a shell makes of a variable that is not set.
            for arguments in [[""], ["", "nobody@example.com"], ["addresses", ""]] {
                let empty = try mapmux.run("flush", arguments)
                #expect(
                    empty.status == 64 && empty.stdout.isEmpty && empty.stderr.contains("found an empty"),
                    "\(empty.stderr)")
            }
            let flushedNothing = try cache(mapmux)
            _ = try client.lookup("addresses", "nobody@example.com")
            #expect(try cache(mapmux).misses == flushedNothing.misses)
        }

        @Test("If no answers are kept, flush has nothing to do, and refuses a map that it is given")
        func nothingKept() throws {
            let mapmux = try MapmuxProcess(maps: try Scene().loadTables())
            try mapmux.start()
            let done = try mapmux.run("flush", [])
            #expect(
                done.status == 0 && done.text == "No answers are kept.\n" && done.stderr.isEmpty, "\(done)")
            let refused = try mapmux.run("flush", ["addresses"])
            #expect(refused.status == 64 && refused.stdout.isEmpty)
            #expect(
                refused.stderr.contains(
                    "found map `addresses`, expected one in cache or stale_while_down"), "\(refused.stderr)")
        }

        @Test("A reload keeps what nothing changes for, and the counts go on when something does")
        func reload() throws {
            let scene = try Scene()
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables(), parameters: ["cache": "addresses=1h"])
            try mapmux.start()
            try waitForValue(mapmux)
            let client = try mapmux.client()
            for _ in 0..<3 { _ = try client.lookup("addresses", "nobody@example.com") }
            let first = try cache(mapmux)
            try mapmux.configure(
                maps: try scene.loadTables(), parameters: ["cache": "addresses=1h", "pool_size": "3"])
            #expect(try mapmux.run("reload", []).status == 0)
            _ = try client.lookup("addresses", "nobody@example.com")
            let second = try cache(mapmux)
            #expect(second.hitsNotFound == first.hitsNotFound + 1 && second.misses == first.misses)
            try mapmux.configure(maps: try scene.loadTables(), parameters: ["cache": "addresses=30m"])
            #expect(try mapmux.run("reload", []).status == 0)
            for _ in 0..<2 { _ = try client.lookup("addresses", "nobody@example.com") }
            let third = try cache(mapmux)
            #expect(third.hitsNotFound == second.hitsNotFound + 1 && third.misses == second.misses + 1)
            #expect(try mapmux.statistics().cache?.misses == third.misses)
        }

        @Test("An outage is said once, everywhere, for as long as it lasts, and ends so")
        func outage() throws {
            let scene = try Scene()
            let parameters = [
                "stale_while_down": "addresses=1h numbers=1h literals=1h",
                "map_parameters": "numbers=transport_maps", "lookup_timeout": "2s", "query_timeout": "1s",
            ]
            let (mapmux, port) = try daemonWithStatus(scene, parameters: parameters)
            let http = try HTTPClient(to: .tcp(port))
            let client = try mapmux.client()
            let found = try client.lookup("numbers", "3")
            #expect(try client.lookup("numbers", "5000") == .notFound)
            #expect(try client.lookup("addresses", "nobody@example.com") == .notFound)
            #expect(try mapmux.statistics().targets[0].outage == nil)

            try scene.cluster.stop(.fast)
            try waitUntil("the outage is known: \(mapmux.log())") {
                _ = try client.lookup("numbers", "3")
                return try mapmux.statistics().targets[0].outage != nil
            }
            #expect(try client.lookup("numbers", "3") == found)
            // It routes: an old "not found" does no harm. Of the other map nobody has said that.
            #expect(try client.lookup("numbers", "5000") == .notFound)
            let unproven = try client.lookup("addresses", "nobody@example.com")
            if case .temp = unproven {} else { Issue.record("\(unproven)") }

            let outage = try #require(try mapmux.statistics().targets[0].outage)
            #expect(outage.maps == 3 && outage.givenMaps == 3 && outage.boundSeconds == 3_600)
            #expect(try cache(mapmux, "numbers").stale > 0)
            let text = "the last answers of its 3 maps are given, up to an age of 1h 0m"
            #expect(try mapmux.run("stats", []).text.contains(text))
            let status = try mapmux.run("status", [])
            #expect(status.status == 2 && status.text.contains(text), "\(status.text)")
            var ready = try http.request("/readyz")
            try waitUntil("/readyz says it: \(ready.text)") {
                ready = try http.request("/readyz")
                return ready.text.contains(text)
            }
            #expect(ready.status == 200)
            #expect(try http.request("/metrics").text.contains("\nmapmux_target_answers_kept{"))
            let line = "no host of a database can be asked: the last answers are given"
            #expect(mapmux.log().ranges(of: line).count == 1, "\(mapmux.log())")
            #expect(mapmux.log().contains("maps=\"3 of 3\"") || mapmux.log().contains("maps=3 of 3"))

            try scene.cluster.start()
            try mapmux.waitForLog("a database can be asked again: the last answers are given no more")
            #expect(try client.lookup("addresses", "nobody@example.com") == .notFound)
            #expect(try mapmux.statistics().targets[0].outage == nil)
        }

        @Test("A map that is not among them makes an outage one for load balancers, too")
        func partialOutage() throws {
            let scene = try Scene()
            let (mapmux, port) = try daemonWithStatus(
                scene,
                parameters: [
                    "stale_while_down": "addresses=1h", "lookup_timeout": "2s", "query_timeout": "1s",
                ])
            try scene.cluster.stop(.fast)
            let client = try mapmux.client()
            try waitUntil("the outage is known: \(mapmux.log())") {
                _ = try client.lookup("numbers", "3")
                return try mapmux.statistics().targets[0].outage != nil
            }
            #expect(try client.lookup("addresses", "user7@example.com") == .ok("box7@store.example.net"))
            let http = try HTTPClient(to: .tcp(port))
            try waitUntil("/readyz says it") {
                let ready = try http.request("/readyz")
                return ready.status == 503
                    && ready.text.contains("the last answers of 1 of its 3 maps are given")
            }
        }
    }
}
