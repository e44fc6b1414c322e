// The status over HTTP, asked for as monitoring and browsers do.

import Foundation
import Glibc
import TestSupport
import Testing
import ThrowawayServers

/// A daemon on the scene's tables that serves its status.
func daemonWithStatus(
    _ scene: Scene, maps more: [String] = [], parameters: [String: String] = [:], isReplaceable: Bool = false
) throws -> (mapmux: MapmuxProcess, port: Int) {
    let port = try freeLoopbackPort()
    let mapmux = try MapmuxProcess(
        maps: try scene.loadTables() + more,
        parameters: ["http_listen": "inet:127.0.0.1:\(port)"].merging(parameters) { $1 },
        isReplaceable: isReplaceable)
    try mapmux.start()
    try waitForValue(mapmux)
    try mapmux.waitForLog("serving the status")
    return (mapmux, port)
}

extension EndToEnd {
    @Suite("Status", .serialized)
    struct StatusTests {
        @Test("What was looked up is counted in /metrics, and promtool has nothing to say against it")
        func metrics() throws {
            let scene = try Scene()
            let (mapmux, port) = try daemonWithStatus(scene)
            let client = try mapmux.client()
            let http = try HTTPClient(to: .tcp(port))
            for _ in 0..<7 { _ = try client.lookup("numbers", "3") }
            for _ in 0..<2 { _ = try client.lookup("numbers", "5000") }
            _ = try client.lookup("nowhere", "5000")
            func line(_ outcome: String, _ count: Int) -> String {
                "mapmux_lookups_total{map=\"numbers\",endpoint=\"socketmap\",outcome=\"\(outcome)\"} \(count)\n"
            }
            // A snapshot that others have asked for just before may be shown once more. The last lookup is counted last.
            var metrics = try http.request("/metrics")
            try waitUntil("they are counted, and the pool is whole: \(metrics.text)") {
                metrics = try http.request("/metrics")
                return metrics.text.contains("mapmux_unknown_map_lookups_total{endpoint=\"socketmap\"} 1\n")
                    && metrics.text.contains(",state=\"ready\"} 4\n")
            }
            #expect(metrics.status == 200)
            #expect(metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(metrics.text.contains(line("found", 7)) && metrics.text.contains(line("not_found", 2)))
            #expect(metrics.text.contains("mapmux_lookup_duration_seconds_count{map=\"numbers\"} 9\n"))
            let lint = try run("promtool", ["check", "metrics"], stdin: metrics.body)
            #expect(
                lint.status == 0 && lint.text.isEmpty && lint.stderr.isEmpty, "\(lint.text) \(lint.stderr)")
        }

        @Test("Each path has its answer, on one connection")
        func paths() throws {
            let scene = try Scene()
            let (mapmux, port) = try daemonWithStatus(scene)
            let http = try HTTPClient(to: .tcp(port))
            let health = try http.request("/healthz")
            #expect(health.status == 200 && health.text == "mapmux is running\n")
            let ready = try http.request("/readyz?verbose")
            #expect(ready.status == 200 && ready.text == "each target has a live connection\n")
            let page = try http.request("/", host: "127.0.0.1:\(port)")
            #expect(page.status == 200 && page.headers["content-type"] == "text/html; charset=utf-8")
            let policy = try #require(page.headers["content-security-policy"])
            #expect(policy.hasPrefix("default-src 'none'; script-src 'nonce-"))
            // Nobody can know it beforehand.
            #expect(try http.request("/").headers["content-security-policy"] != policy)
            let statistics = try http.request("/stats.json", host: "[::1]:\(port)")
            #expect(statistics.headers["content-type"] == "application/json")
            let object = try JSONSerialization.jsonObject(with: Data(statistics.body)) as? [String: Any]
            #expect((object?["maps"] as? [Any])?.count == 3)

            let head = try http.request("/metrics", method: "HEAD")
            #expect(head.status == 200 && head.body.isEmpty)
            #expect(head.headers["content-length"].flatMap { Int($0) } ?? 0 > 1000)
            #expect(try http.request("/metrics/").status == 404)
            #expect(try http.request("/../etc/passwd").status == 404)
            let post = try http.request("/metrics", method: "POST")
            #expect(post.status == 405 && post.headers["allow"] == "GET, HEAD")
            // A page on the web that has led its own name to 127.0.0.1.
            let foreign = try http.request("/stats.json", host: "rebound.example:\(port)")
            #expect(foreign.status == 421 && !foreign.text.contains("maps"))
            #expect(try http.request("/healthz").status == 200)

            try http.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            #expect(try http.readResponse().headers["connection"] == "close")
            #expect(try http.readUntilClosed().isEmpty)
            let old = try HTTPClient(to: .tcp(port))
            try old.send("GET /healthz HTTP/1.0\r\n\r\n")
            old.socket.finishSending()
            #expect(try old.readResponse().status == 200)
            #expect(try old.readUntilClosed().isEmpty)
            withExtendedLifetime(mapmux) {}
        }

        @Test(
            "A target without a connection is named by /readyz and counted, and no password is shown anywhere"
        )
        func unready() throws {
            let scene = try Scene()
            let lost = try scene.table(
                "lost", query: "SELECT '%s'", more: "password = open-sesame\ndbname = lost",
                hosts: "unix:\(scene.directory.path)/nobody")
            let (mapmux, port) = try daemonWithStatus(scene, maps: [lost])
            #expect(try mapmux.client().lookup("lost", "x") != .notFound)
            let http = try HTTPClient(to: .tcp(port))
            let ready = try http.request("/readyz")
            #expect(ready.status == 503)
            #expect(ready.text.contains("/nobody/lost has no live connection\n"), "\(ready.text)")
            #expect(!ready.text.contains(Scene.database))
            #expect(try http.request("/metrics").text.contains("/nobody/lost\"} 0\n"))
            for path in ["/", "/metrics", "/stats.json", "/readyz"] {
                #expect(!(try http.request(path).text.contains("open-sesame")), "\(path)")
            }
        }

        @Test(
            "A Unix socket has the mode that the parameter says, and reloads move the place, or take it away")
        func reloads() throws {
            let scene = try Scene()
            let (mapmux, port) = try daemonWithStatus(scene)
            let maps = try scene.loadTables()
            let path = "\(mapmux.directory.path)/http"
            func reload(_ place: String, mode: String = "0640") throws {
                let logged = mapmux.log().count
                try mapmux.configure(maps: maps, parameters: ["http_listen": place, "socket_mode": mode])
                mapmux.signal(SIGHUP)
                try mapmux.waitForLog("reloaded", beyond: logged)
            }
            func mode() -> mode_t {
                var status = stat()
                return unsafe stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
            }
            try reload("unix:\(path)")
            #expect(mode() == 0o640)
            // Whoever can open it may come by any name.
            #expect(try HTTPClient(to: .unix(path)).request("/healthz", host: "any.example").status == 200)
            #expect(throws: (any Error).self) { try HTTPClient(to: .tcp(port)) }

            let kept = try HTTPClient(to: .unix(path))
            try reload("unix:\(path)", mode: "0600")
            #expect(mode() == 0o600)
            #expect(try kept.request("/healthz").status == 200)

            try reload("")
            #expect(unsafe access(path, F_OK) != 0)
            #expect(try kept.readUntilClosed().isEmpty)
            try reload("inet:127.0.0.1:\(port)")
            #expect(try HTTPClient(to: .tcp(port)).request("/readyz").status == 200)

            // What can't be served is logged; mail goes on.
            let other = try MapmuxProcess(
                maps: maps, parameters: ["http_listen": "inet:localhost:\(port)"])
            try other.start()
            try other.waitForLog("the status can't be served")
            #expect(other.log().contains("another process is listening on it"), "\(other.log())")
            try waitForValue(other)
        }

        @Test("An upgrade takes the place over, and a drain gives it up at once")
        func upgradeAndDrain() throws {
            let scene = try Scene()
            let (mapmux, port) = try daemonWithStatus(scene, isReplaceable: true)
            let client = try mapmux.client()
            let logged = mapmux.log().count
            mapmux.signal(SIGUSR2)
            try mapmux.waitForLog("serving the status", beyond: logged)
            let line = mapmux.log().dropFirst(logged).split(separator: "\n").first {
                $0.contains("upgrading")
            }
            let successor = try #require(Int32(line?.firstMatch(of: /process=(\d+)/)?.1 ?? ""))
            defer { kill(successor, SIGKILL) }
            // The old one still has its client, and the new one the status.
            #expect(try client.lookup("numbers", "7") == .ok("box7@store.example.net"))
            let http = try HTTPClient(to: .tcp(port))
            try waitUntil("it is ready") { try http.request("/readyz").status == 200 }

            let slow = try TableLock("addresses", in: scene)
            let waiting = try SocketmapClient(path: mapmux.socketPath)
            try waiting.send(SocketmapClient.request("numbers", Array("7".utf8)))
            try slow.waitForSomeone()
            kill(successor, SIGTERM)
            try waitUntil("the place is free: \(mapmux.log())") {
                (try? HTTPClient(to: .tcp(port))) == nil
            }
            try slow.release()
            #expect(try waiting.readReply() == .ok("box7@store.example.net"))
        }
    }
}
