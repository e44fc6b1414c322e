// A server where a backslash in an ordinary literal is an escape: standard_conforming_strings = off.

import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Without standard strings", .serialized)
    struct StandardStringsTests {
        @Test("A query with a backslash in a literal is refused, in words; the target's other tables work")
        func backslash() throws {
            let scene = try Scene()
            try scene.cluster.psql(
                "postgres", "ALTER DATABASE \(Scene.database) SET standard_conforming_strings = off")
            let refused = try scene.table("refused", query: "SELECT 'a\\b' || '%s'")
            let echo = try scene.table("echo", query: "SELECT concat('%s', '!')")
            let mapmux = try MapmuxProcess(maps: try scene.loadTables() + [refused, echo])
            try mapmux.start()
            try waitForValue(mapmux)
            let client = try mapmux.client()
            for _ in 0..<3 {
                guard case .temp(let reason) = try client.lookup("refused", "x") else {
                    Issue.record("not a temporary failure")
                    return
                }
                #expect(reason.contains("standard_conforming_strings"), "\(reason)")
                #expect(try client.lookup("numbers", "7") == .ok("box7@store.example.net"))
            }
            // Keys go in literals here, and their backslashes mean themselves.
            for key in ["x", #"a\b"#, #"\"#, #"\\"#, #"\'"#, #"' or \n''"#] {
                #expect(try client.lookup("echo", key) == .ok("\(key)!"))
            }

            let check = try mapmux.run("check", [])
            #expect(check.status == 75, "\(check.text) \(check.stderr)")
            let place = "\(scene.directory.path)/refused.cf:5:"
            #expect(check.stderr.contains(place), "\(check.stderr)")
            #expect(check.stderr.contains("standard_conforming_strings"), "\(check.stderr)")
            for name in ["addresses", "numbers", "literals", "echo"] {
                #expect(check.text.contains("\(name).cf: ok"), "\(check.text)")
            }
        }

        @Test("A query beyond ASCII is refused, in words, under an encoding that could join it with a key")
        func encoding() throws {
            let scene = try Scene()
            let more = "encoding = SJIS"
            let refused = try scene.table("refused", query: "SELECT concat('あ', '%s')", more: more)
            let echo = try scene.table("echo", query: "SELECT concat('%s', '!')", more: more)
            let fine = try scene.table("fine", query: "SELECT concat('あ', '%s')")
            let mapmux = try MapmuxProcess(maps: [refused, echo, fine])
            try mapmux.start()
            let client = try mapmux.client()
            try waitUntil("the database is reached") { try client.lookup("echo", "x") == .ok("x!") }
            guard case .temp(let reason) = try client.lookup("refused", "x") else {
                Issue.record("not a temporary failure")
                return
            }
            #expect(reason.contains("encoding SJIS"), "\(reason)")
            #expect(try client.lookup("echo", #"\'"#) == .ok(#"\'!"#))
            try waitUntil("the other database is reached") { try client.lookup("fine", "x") == .ok("あx") }
        }
    }
}
