// The status page in a real browser, on a daemon with traffic.

import Foundation
import StatusPages
import TestSupport
import Testing
import ThrowawayServers

/// What a page is when its scripts have run.
struct Rendering {
    /// Up to the scripts.
    let document: String
    /// What the browser's console says.
    let console: [Substring]

    /// - Parameters:
    ///   - width: of the window, in pixels.
    ///   - milliseconds: how long its scripts may run, by their own clock.
    init(_ url: String, width: Int, isDark: Bool, milliseconds: Int = 8_000) throws {
        let profile = try TemporaryDirectory(mode: 0o700)
        let result = try run(
            "chromium",
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--no-first-run",
                "--user-data-dir=\(profile.path)", "--window-size=\(width),1000",
                "--blink-settings=preferredColorScheme=\(isDark ? 0 : 1)", "--enable-logging=stderr", "--v=0",
                "--virtual-time-budget=\(milliseconds)", "--dump-dom", url,
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

        @Test("While a rarely asked table only fails, its badge says so, though all databases are live")
        func hopelessTable() throws {
            let scene = try Scene()
            let denied = try scene.table(
                "denied", query: "SELECT missing FROM addresses WHERE address = '%s'")
            let (mapmux, port) = try daemonWithStatus(scene, maps: [denied])
            let load = LoadClients(path: mapmux.socketPath, clients: 4, choose: Scene.lookup)
            #expect(try mapmux.client().lookup("denied", "user7@example.com").isTemporary)
            try load.waitForRight(500)
            let page = try Rendering("http://127.0.0.1:\(port)/", width: 1200, isDark: false)
            expectOnlyRight(try load.stop(), mapmux)
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

        @Test("The charts' time is the time: what nobody looked at is a gap, and there is one look a second")
        func timeAxis() throws {
            let scene = try Scene()
            let (mapmux, port) = try daemonWithStatus(scene, maps: [])
            let statistics = try HTTPClient(to: .tcp(port)).request("/stats.json").text
            let history = try HTTPClient(to: .tcp(port)).request("/history.json").text
            #expect(mapmux.isRunning)
            // A daemon that takes 300 ms to answer; the page is hidden for 20 seconds, and then again and again while it waits.
            let probe = """
                const answers = { "/stats.json": \(statistics), "/history.json": \(history) };
                const began = Date.now();
                let isHidden = false, asked = 0;
                Object.defineProperty(document, "hidden", { get: () => isHidden });
                function hide(value) { isHidden = value; document.dispatchEvent(new Event("visibilitychange")); }
                window.fetch = async path => {
                  if (path === "/stats.json") asked++;
                  await new Promise(done => setTimeout(done, 300));
                  const answer = structuredClone(answers[path]);
                  if (path === "/stats.json") {
                    answer.process.taken_at = Date.now() / 1000;
                    answer.maps[0].socketmap.found = Math.floor((Date.now() - began) / 10);
                  }
                  return { ok: true, json: async () => answer };
                };
                setTimeout(() => hide(true), 12000);
                setTimeout(() => hide(false), 32000);
                for (let turn = 0; turn < 5; turn++) {
                  setTimeout(() => hide(true), 33000 + 100 * turn);
                  setTimeout(() => hide(false), 33050 + 100 * turn);
                }
                setTimeout(() => { asked = 0; }, 36000);
                setTimeout(() => {
                  document.documentElement.dataset.asked = asked;
                  document.documentElement.dataset.rows = rates.rows.map(row => row === null ? "-" : "x").join("");
                }, 44000);
                """
            let parts = StatusPage.text(nonce: "n").split(separator: "<script nonce=\"n\">", maxSplits: 1)
            try #require(parts.count == 2)
            let directory = try TemporaryDirectory(mode: 0o755)
            let page = try directory.write(
                "page.html", "\(parts[0])<script>\(probe)</script><script>\(parts[1])")
            let rendering = try Rendering("file://\(page)", width: 1200, isDark: false, milliseconds: 50_000)
            #expect(rendering.console == [])
            let asked = try #require(
                rendering.document.firstMatch(of: /data-asked="([0-9]+)"/)?.output.1, "\(rendering.document)")
            // Every 1.3 seconds.
            #expect((5...7).contains(Int(asked) ?? 0), "\(asked)")
            let rows = try #require(
                rendering.document.firstMatch(of: /data-rows="([-x]+)"/)?.output.1, "\(rendering.document)")
            #expect(rows.count == 120)
            #expect(rows.wholeMatch(of: /-{70,80}x{8,13}-{18,24}x{8,13}/) != nil, "\(rows)")
        }

        @Test("Searches and what is read ahead have a table, if there are any")
        func searches() throws {
            let scene = try Scene()
            let (mapmux, port) = try daemonWithStatus(scene, maps: [])
            let statistics = try HTTPClient(to: .tcp(port)).request("/stats.json").text
            let history = try HTTPClient(to: .tcp(port)).request("/history.json").text
            #expect(mapmux.isRunning)
            // The page as it is, with other figures for the daemon's: these grow by 20 searches and 60 keys a second.
            let probe = """
                const answers = { "/stats.json": \(statistics), "/history.json": \(history) };
                let times = 0;
                window.fetch = async path => {
                  const answer = structuredClone(answers[path]);
                  if (path === "/stats.json" && SEARCHES) {
                    times++;
                    answer.process.taken_at += times;
                    const [searched, ahead] = answer.maps;
                    searched.searches = { asked: 20 * times, keys: 50 * times,
                      hits: { first: 10 * times, second: 4 * times, third: 0, fourth: times, later: 0 } };
                    ahead.read_ahead = { asked: 60 * times, used: 15 * times, thrown_away: 5 * times, given_up: 7 };
                  }
                  return { ok: true, json: async () => answer };
                };
                """
            let parts = StatusPage.text(nonce: "n").split(separator: "<script nonce=\"n\">", maxSplits: 1)
            try #require(parts.count == 2)
            let directory = try TemporaryDirectory(mode: 0o755)
            for hasSearches in [true, false] {
                let script = probe.replacing("SEARCHES", with: "\(hasSearches)")
                let page = try directory.write(
                    "page.html", "\(parts[0])<script>\(script)</script><script>\(parts[1])")
                let rendering = try Rendering("file://\(page)", width: 1200, isDark: false)
                #expect(rendering.console == [])
                #expect(rendering.document.contains("id=\"searching\" hidden") == !hasSearches)
                let rows = rendering.document.matches(of: /<td[^>]*>([^<]*)<\/td>/).map {
                    String($0.output.1)
                }
                let searched = ["addresses", "20", "2.5", "50 %", "25 %", "25 %", "–", "–", "–"]
                let ahead = ["numbers", "–", "–", "–", "–", "–", "60", "75 %", "7"]
                #expect(rows.contains(searched + ahead) == hasSearches, "\(rows)")
            }
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
