// Failed calls of accept(2): none ends a listening socket, and each is tried again soon.

import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Accepting", .serialized)
    struct AcceptTests {
        private static let errors = ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "ECONNABORTED", "EPERM"]

        /// A daemon each of whose threads fails at its first two accept(2), with that error.
        private func daemon(failing error: String) throws -> MapmuxProcess {
            let mapmux = try MapmuxProcess(maps: [])
            let place = mapmux.directory.path
            let table = try mapmux.directory.write(
                "table.cf", "hosts = unix:/nonexistent\nuser = a\ndbname = a\nquery = SELECT '%s'\n")
            try mapmux.configure(
                maps: ["pgsql:\(table)"],
                parameters: [
                    "http_listen": "unix:\(place)/http", "proxymap_listen": "unix:\(place)/proxymap",
                    "proxymap_greeting": "no",
                ])
            try mapmux.start(under: [
                "strace", "-D", "-f", "-q", "-o", "\(place)/trace", "-e", "trace=accept4", "-e",
                "inject=accept4:error=\(error):when=1..2",
            ])
            return mapmux
        }

        @Test("Every kind of socket goes on after every error that accept(2) may have")
        func errors() throws {
            let daemons = try Self.errors.map { try daemon(failing: $0) }
            for (error, mapmux) in zip(Self.errors, daemons) {
                let place = mapmux.directory.path
                try mapmux.waitForLog("serving the status")
                let client = try mapmux.client()
                #expect(
                    try client.lookup("unknown", "key") == .perm("there is no map named unknown"), "\(error)")
                let proxymap = try StreamSocket(to: .unix("\(place)/proxymap"))
                try proxymap.send(Array("request\u{0}open\u{0}table\u{0}a:b\u{0}flags\u{0}64\u{0}\u{0}".utf8))
                #expect(try proxymap.read(7) == Array("status\u{0}".utf8), "\(error)")
                #expect(
                    try HTTPClient(to: .unix("\(place)/http")).request("/healthz").status == 200, "\(error)")
                #expect(try mapmux.run("stats", []).status == 0, "\(error)")
                // Once a failure, and no more often than it is tried again.
                let lines = mapmux.log().split(separator: "\n").count { $0.contains("can't be accepted") }
                #expect(lines <= 5, "\(mapmux.log())")
            }
        }
    }
}
