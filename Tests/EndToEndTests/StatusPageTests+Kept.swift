// Kept answers and outages on the status page.

import Foundation
import StatusPages
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd.StatusPageTests {
    @Test("Kept answers have a table if there are any, and an outage and a bypass are said")
    func keptAnswers() throws {
        let scene = try Scene()
        let (mapmux, port) = try daemonWithStatus(scene, parameters: ["cache": "addresses=1h"])
        let statistics = try HTTPClient(to: .tcp(port)).request("/stats.json").text
        let history = try HTTPClient(to: .tcp(port)).request("/history.json").text
        #expect(mapmux.isRunning)
        // The page as it is, with other figures for the daemon's: these grow by 40 hits a second.
        let probe = """
            const answers = { "/stats.json": \(statistics), "/history.json": \(history) };
            let times = 0;
            window.fetch = async path => {
              const answer = structuredClone(answers[path]);
              if (path === "/stats.json") {
                times++;
                answer.process.taken_at += times;
                const map = answer.maps.find(map => map.cache);
                Object.assign(map.cache, { hits_found: 30 * times, hits_not_found: 10 * times, too_large: 1,
                  overtaken: 2, unproven: 3, unlikely: 4, changed_keys: 11, changed_tables: 5, evicted: 13, entries: 80,
                  stale: 17, lately: { hits: 80, misses: 20, stale: 0 } });
                if (!KEEPS) delete map.cache;
                else if (BYPASSES) map.cache.bypass = "late";
                if (FAILS) {
                  answer.targets[0].hosts[0].ready = 0;
                  answer.targets[0].outage = { seconds: 42, maps: 3, given_maps: 2, bound_seconds: 3600 };
                }
              }
              return { ok: true, json: async () => answer };
            };
            """
        let parts = StatusPage.text(nonce: "n").split(separator: "<script nonce=\"n\">", maxSplits: 1)
        try #require(parts.count == 2)
        let directory = try TemporaryDirectory(mode: 0o755)
        func rendering(keeps: Bool, fails: Bool) throws -> Rendering {
            let script = probe.replacing("KEEPS", with: "\(keeps)").replacing("BYPASSES", with: "\(fails)")
                .replacing("FAILS", with: "\(fails)")
            let page = try directory.write(
                "page.html", "\(parts[0])<script>\(script)</script><script>\(parts[1])")
            let rendering = try Rendering("file://\(page)", width: 1200, isDark: false)
            #expect(rendering.console == [])
            return rendering
        }
        let well = try rendering(keeps: true, fails: false)
        #expect(!well.document.contains("id=\"keeping\" hidden"))
        let cells = well.document.matches(of: /<td[^>]*>([^<]*)<\/td>/).map { String($0.output.1) }
        #expect(
            cells.contains(["addresses", "by time", "40", "80 %", "25 %", "10", "16", "13", "80", "17"]),
            "\(cells)")
        #expect(!well.document.contains("last answers are given"))
        let none = try rendering(keeps: false, fails: false)
        #expect(none.document.contains("id=\"keeping\" hidden"))
        let failing = try rendering(keeps: true, fails: true)
        for text in [
            "a database has no connection, last answers are given",
            "can't be asked for 42 s: the last answers of 2 of its 3 maps are given",
            "addresses is not answered by notification: no sign of life has come for cache_max_staleness",
        ] {
            #expect(failing.document.contains(text), "\(text)")
        }
    }
}
