// What a server says, with all that a terminal obeys, and what becomes of it; and a log that takes nothing more.

import Foundation
import Glibc
import LookupValues
import TestSupport
import Testing
import ThrowawayServers

private typealias Message = PostgresMessage

/// A title, a line of its own, a screen that is wiped, text that runs backwards; and a letter of a megabyte.
private let foreign =
    "\u{1b}]0;x\u{7}\r\nmapmux: error: forged\u{9b}2J\u{202e}gpj\u{2028}\u{85}\u{7f} e"
    + String(repeating: "\u{301}", count: 500_000)

extension EndToEnd {
    @Suite("Foreign texts", .serialized)
    struct ForeignTextTests {
        private static func table(
            _ directory: TemporaryDirectory, _ name: String, _ server: FakePostgres, file: String? = nil
        ) throws -> String {
            let path = try directory.write(
                "\(file ?? name).cf",
                """
                hosts = \(server.host)
                user = someone
                dbname = \(name)
                retry_interval = 1s
                query = SELECT value FROM anywhere WHERE key = '%s'

                """)
            return "\(name)=pgsql:\(path)"
        }

        /// - Parameter sqlState: of what the server says to each lookup.
        private static func hostileServer(_ text: String, sqlState: String) throws -> FakePostgres {
            let server = try FakePostgres()
            server.behave { request, _ in
                if case .execute = request { .bytes(Message.error(text, sqlState: sqlState)) } else { nil }
            }
            return server
        }

        @Test(
            "A terminal obeys nothing of what a server or a file says, and nothing of it is longer than a line"
        )
        func outputs() throws {
            let directory = try TemporaryDirectory()
            let server = try Self.hostileServer(foreign, sqlState: "42P01")
            let http = try freeLoopbackPort()
            let mapmux = try MapmuxProcess(
                maps: [
                    try Self.table(directory, "hostile", server),
                    try Self.table(directory, "titled", server, file: "t\u{1b}[31m\u{202e}"),
                ],
                parameters: ["http_listen": "inet:127.0.0.1:\(http)", "log_level": "debug"])
            try mapmux.start()
            let client = try mapmux.client()
            var shown: [String: String] = [:]
            for map in ["hostile", "titled"] {
                shown["\(map)'s answer"] = "\(try client.lookup(map, "key"))"
                #expect(try client.lookup(map, "key").isTemporary)
            }
            shown["no map"] = "\(try client.lookup("\u{1b}[31m\u{202e}", "key"))"
            for (command, arguments) in [
                ("stats", []), ("stats", ["--json"]), ("stats", ["--connections"]),
                ("stats", ["--connections", "--json"]), ("status", []), ("config", []), ("check", []),
                ("check", ["--json"]), ("check", ["--verbose"]), ("query", ["hostile", "key"]),
                ("query", ["--daemon", "titled", "key"]), ("query", ["--explain", "hostile", "key"]),
                ("pause", ["\u{1b}[31m"]),
            ] {
                let result = try mapmux.run(command, arguments)
                shown["\(command) \(arguments)"] = "\(result.text)\(result.stderr)"
            }
            let page = try HTTPClient(to: .tcp(http))
            for path in ["/metrics", "/stats.json", "/history.json", "/readyz"] {
                shown[path] = try page.request(path).text
            }
            mapmux.signal(SIGTERM)
            #expect(try mapmux.waitForExit() == 0)
            shown["log"] = mapmux.log()
            #expect(mapmux.log().contains("\\\\u{1B}]0;x\\\\u{07}"), "\(mapmux.log())")
            for (place, text) in shown {
                let raw = text.unicodeScalars.first { !$0.isSeen && $0 != "\n" }
                #expect(raw == nil, "\(place) has \(raw!.value)")
                #expect(!text.contains("\nmapmux: error: forged"), "\(place)")
                let longest = text.split(separator: "\n").map(\.utf8.count).max() ?? 0
                #expect(longest < 20_000, "\(place) has a line of \(longest) bytes")
            }
        }

        @Test("While nobody reads the log lookups go on; lines are lost, and how many is said later")
        func fullPipe() throws {
            let directory = try TemporaryDirectory()
            let hostile = try Self.hostileServer(String(repeating: "e", count: 2_000), sqlState: "42P01")
            let good = try FakePostgres()
            let mapmux = try MapmuxProcess(
                maps: [
                    try Self.table(directory, "hostile", hostile), try Self.table(directory, "good", good),
                ], parameters: ["log_level": "debug", "workers": "2", "pool_size": "2"])
            #expect(unsafe mkfifo(mapmux.logPath, 0o600) == 0)
            let pipe = try LogPipe(mapmux.logPath)
            let child = try mapmux.launch()
            try waitUntil("mapmux accepts connections") { (try? mapmux.client()) != nil }
            // A worker each, more or less.
            let clients = try (0..<4).map { _ in try mapmux.client() }
            for round in 0..<4 {
                for client in clients {
                    let keys = (0..<100).map { "\(round)-\($0)" }
                    try client.send(keys.flatMap { SocketmapClient.request("hostile", Array($0.utf8)) })
                    for _ in keys { #expect(try client.readReply().isTemporary) }
                    #expect(try client.lookup("good", "a\(round)") == .ok("value of a\(round)"))
                }
            }
            #expect(try mapmux.run("stats", []).status == 0)
            #expect(try mapmux.holdings().residentMemory < 200 << 20)

            try waitUntil("what was lost is told") {
                pipe.read()
                return pipe.text.contains("lines of the log were lost, as standard error took none lines=")
            }
            let text = pipe.text
            for line in text[..<text.lastIndex(of: "\n")!].split(separator: "\n") {
                #expect(line.hasPrefix("mapmux: ") && line.utf8.count < 4_096, "\(line)")
            }
            // Nobody reads any more, and that holds nothing up.
            for client in clients {
                let keys = (0..<100).map { "last-\($0)" }
                try client.send(keys.flatMap { SocketmapClient.request("hostile", Array($0.utf8)) })
                for _ in keys { #expect(try client.readReply().isTemporary) }
            }
            mapmux.signal(SIGTERM)
            #expect(try child.waitForExit() == 0)
        }

        @Test("What was said last before the end is in the log, also where it can't start")
        func lastLines() throws {
            let mapmux = try MapmuxProcess(maps: ["pgsql:none"])
            let result = try mapmux.run("serve", [])
            #expect(result.status == 78)
            #expect(result.stderr.hasSuffix("mapmux: error: can't start: the configuration has errors\n"))
        }
    }
}

/// Both ends of a pipe with a name, so that it can be opened, and read when the test likes.
private final class LogPipe {
    private let descriptor: Int32
    private var bytes: [UInt8] = []

    init(_ path: String) throws {
        descriptor = unsafe open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw SupportError("can't open \(path)") }
    }

    deinit { close(descriptor) }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Takes in what there is.
    func read() {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            if count <= 0 { return }
            bytes += buffer[..<count]
        }
    }
}
