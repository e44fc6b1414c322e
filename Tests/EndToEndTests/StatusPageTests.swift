// The status page in a real browser, on a daemon with traffic.

import Foundation
import StatusPages
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
            #expect(page.document.contains("id=\"minutes\" aria-pressed=\"true\""))
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

        @Test("Whoever opens it after an incident sees that in the last hour's charts, by map")
        func lastHour() throws {
            let scene = try Scene()
            let broken = try scene.table("broken", query: "SELECT '%s' FROM nowhere")
            let (mapmux, port) = try daemonWithStatus(scene, maps: [broken])
            let client = try mapmux.client()
            for _ in 0..<20 { #expect(try client.lookup("broken", "x").isTemporary) }
            let http = try HTTPClient(to: .tcp(port))
            var object: [String: Any] = [:]
            try waitUntil("a point is made of it: \(object)", within: 60) {
                let history = try http.request("/history.json")
                #expect(history.status == 200 && history.headers["content-type"] == "application/json")
                let json = try JSONSerialization.jsonObject(with: Data(history.body))
                object = json as? [String: Any] ?? [:]
                return (object["ended_at"] as? [Double])?.isEmpty == false
            }
            let maps = try #require(object["maps"] as? [[String: Any]])
            #expect(maps.map { $0["name"] as? String } == ["addresses", "numbers", "literals", "broken"])
            #expect((maps[3]["temporary"] as? [Int])?.reduce(0, +) == 20)
            #expect((maps[1]["temporary"] as? [Int])?.reduce(0, +) == 0)

            let page = try Rendering("http://127.0.0.1:\(port)/#hour", width: 1200, isDark: false)
            #expect(page.console == [])
            #expect(page.document.contains("id=\"hour\" aria-pressed=\"true\""))
            #expect(page.document.contains("<option value=\"broken\">broken</option>"))
            #expect(page.document.contains("−60 min"))
            // The failures' area and the curve of times.
            let areas = page.document.matches(of: /<polygon class="area" points="([0-9][^"]+)"/)
            #expect(areas.count == 4, "\(areas.count)")
            #expect(!page.document.contains("NaN") && !page.document.contains("undefined"))
        }

        @Test("On a phone a long name of a map leaves the columns in sight that say how it is")
        func phone() throws {
            let scene = try Scene()
            let name = "virtual_alias_maps_of_the_second_customer_with_a_long_name"
            let (mapmux, port) = try daemonWithStatus(
                scene, maps: ["\(name)=" + (try scene.table("long", query: "SELECT '%s'"))])
            let statistics = try HTTPClient(to: .tcp(port)).request("/stats.json").text
            let history = try HTTPClient(to: .tcp(port)).request("/history.json").text
            #expect(mapmux.isRunning)
            // The page as it is, with these figures for the daemon's, and a look at where its cells are.
            let parts = StatusPage.text(nonce: "n").split(separator: "<script nonce=\"n\">", maxSplits: 1)
            try #require(parts.count == 2)
            let probe = """
                const answers = { "/stats.json": \(statistics), "/history.json": \(history) };
                window.fetch = async path => ({ ok: true, json: async () => answers[path] });
                setTimeout(() => {
                  const cells = [...document.querySelectorAll("#maps th, #maps td")]
                    .filter(cell => cell.getClientRects().length > 0);
                  parent.postMessage({ width: innerWidth, page: document.documentElement.scrollWidth,
                    right: Math.max(...cells.map(cell => cell.getBoundingClientRect().right)),
                    cells: cells.map(cell => cell.textContent).join() }, "*");
                }, 1500);
                """
            let directory = try TemporaryDirectory(mode: 0o755)
            try directory.write("page.html", "\(parts[0])<script>\(probe)</script><script>\(parts[1])")
            // No window is as narrow as a phone, but a frame is.
            let frame = try directory.write(
                "frame.html",
                """
                <!DOCTYPE html><html><body><iframe src="page.html" width="390" height="900"></iframe>
                <script>onmessage = event => Object.assign(document.documentElement.dataset, event.data)</script>
                </body></html>
                """)
            let rendering = try Rendering("file://\(frame)", width: 600, isDark: false)
            #expect(rendering.console == [])
            func seen(_ name: String) throws -> String {
                let match = try Regex("data-\(name)=\"([^\"]*)\"").firstMatch(in: rendering.document)
                return String(try #require(match?.output[1].substring, "no \(name): \(rendering.document)"))
            }
            let cells = try seen("cells")
            #expect(
                cells.hasPrefix("Map,Lookups/s,Found,Failed,p99,addresses,") && cells.contains(",\(name),"))
            #expect(try seen("width") == "390")
            for edge in ["right", "page"] { #expect(try #require(Double(try seen(edge))) <= 390, "\(edge)") }
        }
    }
}
