// The status page in a real browser, on a daemon with traffic.

import Foundation
import TestSupport
import Testing

/// What a page is when its scripts have run.
struct Rendering {
    /// Up to the scripts.
    let document: String
    /// What the browser's console says.
    let console: [Substring]

    /// - Parameter width: of the window, in pixels.
    init(_ url: String, width: Int, isDark: Bool) throws {
        let profile = try TemporaryDirectory(mode: 0o700)
        let result = try run(
            "chromium",
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--no-first-run",
                "--user-data-dir=\(profile.path)", "--window-size=\(width),1000",
                "--blink-settings=preferredColorScheme=\(isDark ? 0 : 1)", "--enable-logging=stderr", "--v=0",
                "--virtual-time-budget=8000", "--dump-dom", url,
            ])
        guard result.status == 0 else { throw SupportError("chromium: \(result.stderr)") }
        document = String(
            result.text.prefix(
                upTo: result.text.firstRange(of: "<script")?.lowerBound ?? result.text.endIndex))
        console = result.stderr.split(separator: "\n").filter { $0.contains(":CONSOLE") }
    }

    /// The text of the element with this `id`, which has no elements in it.
    func text(_ id: String) throws -> String {
        let match = try Regex("id=\"\(id)\"[^>]*>([^<]*)<").firstMatch(in: document)
        guard let text = match?.output[1].substring else { throw SupportError("no \(id) in \(document)") }
        return String(text)
    }
}

extension EndToEnd {
    @Suite("Status page", .serialized)
    struct StatusPageTests {
        @Test(
            "It shows rates, times, maps, databases and errors, and the browser has no complaint",
            arguments: [(1200, false), (390, true)])
        func live(width: Int, isDark: Bool) throws {
            let scene = try Scene()
            let lost = try scene.table(
                "lost", query: "SELECT '%s'", more: "dbname = lost",
                hosts: "unix:\(scene.directory.path)/nobody"
            )
            // A name that would be an element if it were taken for HTML.
            let injected = "<img>=" + (try scene.table("injected", query: "SELECT '%s'"))
            let (mapmux, port) = try daemonWithStatus(scene, maps: [lost, injected])
            let load = LoadClients(path: mapmux.socketPath, clients: 8, choose: Scene.lookup)
            try load.waitForRight(500)
            #expect(try mapmux.client().lookup("lost", "x") != .notFound)
            let page = try Rendering("http://127.0.0.1:\(port)/", width: width, isDark: isDark)
            expectOnlyRight(try load.stop(), mapmux)

            #expect(page.console == [])
            #expect(try page.text("state") == "a database has no connection")
            #expect(try page.text("about").contains("1 worker"))
            let rate = try page.text("rate")
            #expect(rate != "–" && rate != "0" && !rate.contains("NaN"), "\(rate)")
            for id in ["p50", "p99"] {
                let time = try page.text(id)
                #expect(time.wholeMatch(of: /[0-9.,]+ (µs|ms|s)/) != nil, "\(time)")
            }
            #expect(Int(try page.text("clients")) ?? 0 >= 8)
            for map in ["addresses", "numbers", "literals", "lost", "&lt;img&gt;"] {
                #expect(page.document.contains(">\(map)</td>"), "\(map)")
            }
            #expect(!page.document.contains("<img"))
            #expect(page.document.contains(">no connection</span>"))
            #expect(page.document.contains(">live</span>"))
            #expect(page.document.contains("database host failed"))
            // Both charts have drawn more than their grid.
            #expect(page.document.contains(/<polygon class="area" points="[0-9][^"]+"/))
            #expect(page.document.contains(/<path class="curve" d="M[0-9]/))
            #expect(!page.document.contains("NaN") && !page.document.contains("undefined"))
        }

        @Test("While every lookup of one table fails, its badge says so, though all databases are live")
        func hopelessTable() throws {
            let scene = try Scene()
            let denied = try scene.table(
                "denied", query: "SELECT missing FROM addresses WHERE address = '%s'")
            let (mapmux, port) = try daemonWithStatus(scene, maps: [denied])
            let load = LoadClients(path: mapmux.socketPath, clients: 4, choose: Scene.lookup)
            let fruitless = LoadClients(path: mapmux.socketPath, clients: 1) { _ in
                LoadClients.Lookup(map: "denied", key: "user7@example.com", value: nil)
            }
            try load.waitForRight(500)
            let page = try Rendering("http://127.0.0.1:\(port)/", width: 1200, isDark: false)
            expectOnlyRight(try load.stop(), mapmux)
            #expect(try fruitless.stop().temporary > 0)
            #expect(try page.text("state") == "every lookup of denied fails")
        }
    }
}
