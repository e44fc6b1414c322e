// The command line: statuses and messages, and `mapmux query`.

import Foundation
import Glibc
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("The mapmux command", .serialized)
    struct CommandTests {
        private static let shared = Result { try Scene() }

        func scene() throws -> Scene { try Self.shared.get() }

        @Test("--version names the program and its version")
        func version() throws {
            let result = try MapmuxProcess.run(["--version"])
            #expect(result.status == 0)
            #expect(result.text.contains { $0.isNumber })
            #expect(result.text.split(separator: "\n").count == 1)
        }

        @Test(
            "Usage errors end with status 64",
            arguments: [
                ["serve", "--nonsense"], ["serve", "-c"], ["serve", "operand"], ["frobnicate"],
                ["query", "-c", "/dev/null"], ["query", "onlyamap"], ["query", "map", "key", "more"],
                ["check", "--output", "x"], ["--nonsense"], ["keys", "virtual_aliases", "u@d"],
                ["keys", "virtual_alias_maps"],
            ])
        func usage(_ arguments: [String]) throws {
            let result = try MapmuxProcess.run(arguments)
            #expect(result.status == 64, "\(arguments): \(result.text) \(result.stderr)")
            #expect(!result.stderr.isEmpty)
            #expect(result.stdout.isEmpty)
        }

        @Test(
            "keys: one a line, for keys of stdin a line each, by the facts of a configuration that has no maps"
        )
        func keys() throws {
            let directory = try TemporaryDirectory()
            try directory.write("facts.conf", "recipient_delimiter = +\nlocal_domains = local.test\n")
            let options = ["-c", "\(directory.path)/facts.conf", "-o", "parent_domain_matches_subdomains ="]
            let one = try MapmuxProcess.run(["keys"] + options + ["canonical_maps", "u+x@local.test"])
            #expect(one.status == 0 && one.text == "u+x@local.test\nu@local.test\nu+x\nu\n@local.test\n")
            let several = try MapmuxProcess.run(
                bytes: (["keys"] + options + ["check_helo_access", "-"]).map { Array($0.utf8) },
                stdin: Array("a.b.c\n\n[1.2]\nno\tkey\nz".utf8))
            #expect(several.status == 65, "\(several.stderr)")
            #expect(several.text == "a.b.c\ta.b.c\t.b.c\t.c\n\n[1.2]\t[1.2]\t.2]\n\nz\tz\n")
            #expect(several.stderr.contains("found a tab in the key"))
            let broken = try MapmuxProcess.run(
                ["keys"] + options + ["-o", "owner_request_special=1", "transport_maps", "*"])
            #expect(broken.status == 78 && broken.stdout.isEmpty)
        }

        @Test("query: 0 and the value, 1, 75 and a reason; a map that is not there is not \"not found\"")
        func query() throws {
            let scene = try scene()
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables() + [
                    scene.table("lines", query: "SELECT E'one\\ntwo' WHERE '%s' = 'lines'")
                ])
            var result = try mapmux.run("query", ["addresses", "User7@example.com"])
            #expect(result.status == 0)
            #expect(result.text == "box7@store.example.net\n")
            result = try mapmux.run("query", ["addresses", "nobody@example.com"])
            #expect(result.status == 1)
            #expect(result.stdout.isEmpty && result.stderr.isEmpty, "\(result.stderr)")
            result = try mapmux.run("query", ["numbers", "seven"])
            #expect(result.status == 75)
            #expect(result.stdout.isEmpty)
            #expect(result.stderr.contains("seven"), "\(result.stderr)")
            result = try mapmux.run("query", ["lines", "lines"])
            #expect(result.text == "one\ntwo\n")
            result = try mapmux.run("query", ["nowhere", "x"])
            #expect(result.status > 1)
            #expect(result.stderr.contains("nowhere"))
        }

        @Test("query with keys from standard input prints what it found, and tells of failures by its status")
        func queryFromInput() throws {
            let scene = try scene()
            let mapmux = try MapmuxProcess(maps: try scene.loadTables())
            let many = (0..<3000).map { "\($0)\n" }.joined()
            var result = try mapmux.run("query", ["numbers", "-"], stdin: Array(many.utf8))
            #expect(result.status == 0)
            let lines = (0..<Scene.count).map { "\($0)\tbox\($0)@store.example.net\n" }.joined()
            #expect(result.text == lines)
            // The last line need not end, an empty one is an empty key.
            result = try mapmux.run("query", ["numbers", "-"], stdin: Array("7\n\n8".utf8))
            #expect(result.text == "7\tbox7@store.example.net\n8\tbox8@store.example.net\n")
            result = try mapmux.run("query", ["numbers", "-"], stdin: Array("5000\n6000\n".utf8))
            #expect(result.status == 1)
            #expect(result.stdout.isEmpty)
            result = try mapmux.run("query", ["numbers", "-"])
            #expect(result.status == 1)
            result = try mapmux.run("query", ["numbers", "-"], stdin: Array("seven\n".utf8))
            #expect(result.status == 75)
        }

        @Test("query reads and writes at the same time: more than the buffers between it and its worker hold")
        func queryInBulk() throws {
            let mapmux = try MapmuxProcess(maps: [
                try scene().table("tenfold", query: "SELECT repeat('%s', 10)")
            ])
            let keys = (0..<100).map { "\($0)." + String(repeating: "k", count: 9000) }
            let result = try mapmux.run(
                "query", ["tenfold", "-"], stdin: Array(keys.map { "\($0)\n" }.joined().utf8))
            #expect(result.status == 0, "\(result.stderr.prefix(1000))")
            let lines = keys.map { "\($0)\t\(String(repeating: $0, count: 10))\n" }.joined()
            #expect(result.text == lines)
        }

        @Test("query answers each key before the next is given")
        func queryInDialogue() throws {
            let scene = try scene()
            let mapmux = try MapmuxProcess(maps: try scene.loadTables())
            var ends: [Int32] = [-1, -1]
            let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
            try #require(unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0)
            let input = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
            let output = "\(mapmux.directory.path)/out"
            let command = try mapmux.begin(
                "query", ["numbers", "-"], stdin: .descriptor(ends[0]), stdout: output)
            close(ends[0])
            var expected = ""
            for number in [7, 8, 5000, 9] {
                try input.write(contentsOf: Data("\(number)\n".utf8))
                guard number < Scene.count else { continue }
                expected += "\(number)\tbox\(number)@store.example.net\n"
                try waitUntil("\(number) is answered") { try readFile(output) == Array(expected.utf8) }
            }
            // The last key ends with the input.
            try input.write(contentsOf: Data("10".utf8))
            try input.close()
            #expect(try command.waitForExit() == 0)
            #expect(try readFile(output) == Array((expected + "10\tbox10@store.example.net\n").utf8))
        }

        @Test("With the database down, query and check end with status 75")
        func databaseDown() throws {
            let scene = try Scene()
            try scene.cluster.stop()
            let mapmux = try MapmuxProcess(maps: try scene.loadTables())
            let query = try mapmux.run("query", ["addresses", "user7@example.com"])
            #expect(query.status == 75)
            #expect(query.stdout.isEmpty && !query.stderr.isEmpty)
            let check = try mapmux.run("check", [])
            #expect(check.status == 75, "\(check.text) \(check.stderr)")
        }

        @Test(
            "query says why no host can be reached, what is wrong with its own map's file only, and large values"
        )
        func ownWords() throws {
            let scene = try scene()
            let query = "SELECT goto FROM addresses WHERE address = '%s'"
            let mapmux = try MapmuxProcess(maps: [
                try scene.table("nowhere", query: query, hosts: "unix:/nonexistent"),
                try scene.table("careless", query: query, more: "port = 5433"),
                try scene.table("large", query: "SELECT repeat('x', 300000) WHERE '%s' = 'x'"),
                "pgsql:/nonexistent.cf",
            ])
            let nowhere = try mapmux.run("query", ["nowhere", "x"])
            #expect(nowhere.status == 75, "\(nowhere.stderr)")
            #expect(nowhere.stderr.contains("can be reached: /nonexistent: connection to server on socket"))
            #expect(nowhere.stderr.contains("No such file or directory"), "\(nowhere.stderr)")
            let careless = try mapmux.run("query", ["careless", "user7@example.com"])
            #expect(careless.status == 0 && careless.stderr.contains("careless.cf:6: found `port`"))
            let large = try mapmux.run("query", ["large", "x"])
            #expect(
                large.status == 0 && large.stdout.count == 300_001 && large.stderr.isEmpty, "\(large.stderr)")
            let explained = try mapmux.run("query", ["--explain", "large", "nobody"])
            #expect(explained.status == 1 && explained.stderr.isEmpty, "\(explained.stderr)")
        }

        @Test("query --daemon asks the running one, and says where there is none")
        func askingDaemon() throws {
            let scene = try scene()
            let mapmux = try MapmuxProcess(maps: try scene.loadTables())
            let ask = ["--daemon", "addresses", "user7@example.com"]
            let none = try mapmux.run("query", ask)
            #expect(
                none.status == 69 && none.stderr.contains("expected a running mapmux serve"), "\(none.stderr)"
            )
            try mapmux.start()
            try waitForValue(mapmux)
            let found = try mapmux.run("query", ask)
            #expect(found.status == 0 && found.text == "box7@store.example.net\n" && found.stderr.isEmpty)
            let several = try mapmux.run(
                "query", ["--daemon", "numbers", "-"], stdin: Array("1\nnone\n2\n".utf8))
            #expect(several.text == "1\tbox1@store.example.net\n2\tbox2@store.example.net\n")
            #expect(several.status == 75)
            // What it serves, not what the file says now.
            try mapmux.configure(maps: ["pgsql:/nonexistent.cf"])
            #expect(try mapmux.run("query", ask).status == 0)
            #expect(try mapmux.run("query", ["--daemon", "nonexistent", "x"]).status == 78)
            let nowhere = try mapmux.run("query", ["-o", "socketmap_listen="] + ask)
            #expect(nowhere.status == 69 && nowhere.stderr.contains("found no socketmap_listen"))
            #expect(try mapmux.run("query", ["--explain"] + ask).status == 64)
        }

        /// Answers the first request at a socket, once, and stays until the client goes.
        private func serve(_ socket: HandedSocket, reply: String) {
            let server = Thread {
                guard let client = try? socket.accept(), (try? client.readSome()) != nil else { return }
                try? client.send(Array(reply.utf8))
                while (try? client.readSome())?.isEmpty == false {}
            }
            server.start()
        }

        @Test("query --daemon says so where what answers speaks no netstrings")
        func askingAnother() throws {
            let mapmux = try MapmuxProcess(maps: try scene().loadTables())
            let socket = try HandedSocket(path: mapmux.socketPath, name: "other")
            serve(socket, reply: "HTTP/1.1 400 Bad Request\r\n")
            let result = try mapmux.run("query", ["--daemon", "addresses", "one"])
            #expect(result.status == 75 && result.stderr.contains("is no netstring"), "\(result.stderr)")
        }

        @Test("query --daemon takes no reply that it has not asked for")
        func unaskedReply() throws {
            let mapmux = try MapmuxProcess(maps: try scene().loadTables())
            let socket = try HandedSocket(path: mapmux.socketPath, name: "other")
            serve(socket, reply: "8:OK value,8:OK value,")
            var ends: [Int32] = [-1, -1]
            let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
            try #require(unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0)
            let input = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
            let output = "\(mapmux.directory.path)/out"
            let command = try mapmux.begin(
                "query", ["--daemon", "addresses", "-"], stdin: .descriptor(ends[0]), stdout: output)
            close(ends[0])
            try input.write(contentsOf: Data("one\n".utf8))
            try waitUntil("the first is answered") { try readFile(output) == Array("one\tvalue\n".utf8) }
            try input.write(contentsOf: Data("two\n".utf8))
            try input.close()
            #expect(try command.waitForExit() == 75)
            #expect(mapmux.log().contains("a reply from the daemon to no request"), "\(mapmux.log())")
        }
    }
}
