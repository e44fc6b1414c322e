// A real Prometheus on a real daemon; the alerts and the dashboard that come with mapmux.

import Foundation
import StatusPages
import TestSupport
import Testing
import ThrowawayServers

/// A file below deploy.
private func deployed(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("deploy/\(name)").path
}

extension EndToEnd {
    @Suite("Monitoring", .serialized)
    struct MonitoringTests {
        @Test("Prometheus scrapes the daemon, has its figures, and evaluates the alerts on them")
        func scraping() throws {
            let scene = try Scene()
            let lost = try scene.table(
                "lost", query: "SELECT '%s'", more: "dbname = lost",
                hosts: "unix:\(scene.directory.path)/nobody"
            )
            let (mapmux, port) = try daemonWithStatus(scene, maps: [lost])
            let client = try mapmux.client()
            for number in 0..<20 { _ = try client.lookup("numbers", "\(number)") }
            let prometheus = try Prometheus(scraping: port, rules: deployed("alerts.yml"))
            try waitUntil("it is up") { try prometheus.query("up", by: "job") == ["mapmux": 1] }
            try waitUntil("the lookups are there") {
                try prometheus.query(
                    "mapmux_lookups_total{map=\"numbers\",endpoint=\"socketmap\"}", by: "outcome")
                    == ["found": 20, "not_found": 0, "temporary_failure": 0, "permanent_failure": 0]
            }
            let quantile = "histogram_quantile(0.99, sum by (le) (mapmux_lookup_duration_seconds_bucket))"
            let p99 = try #require(try prometheus.query(quantile, by: "").values.first)
            #expect(p99 > 0 && p99 <= 10)
            try waitUntil("the alert is pending") {
                let alerts = try prometheus.query("ALERTS", by: "alertname")
                return alerts.keys.contains("MapmuxTargetDown")
            }
        }

        @Test("The alerts are valid, and go off when they should and not before")
        func alerts() throws {
            let check = try run("promtool", ["check", "rules", deployed("alerts.yml")])
            #expect(check.status == 0, "\(check.text) \(check.stderr)")
            let test = try run("promtool", ["test", "rules", deployed("alerts-test.yml")])
            #expect(test.status == 0, "\(test.text) \(test.stderr)")
        }

        @Test(
            "The dashboard and the alerts ask for metrics that there are, in queries that Prometheus understands"
        )
        func dashboard() throws {
            let text = String(decoding: try readFile(deployed("grafana.json")), as: UTF8.self)
            let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
            var queries: [String] = []
            func collect(_ value: Any) {
                if let list = value as? [Any] { list.forEach(collect) }
                guard let members = value as? [String: Any] else { return }
                if let query = members["expr"] as? String { queries.append(query) }
                members.values.forEach(collect)
            }
            collect(object)
            #expect(queries.count >= 8)
            let known = Set(
                MetricFamily.all.flatMap { family in
                    ["", "_bucket", "_sum", "_count"].map { family.name + $0 }
                })
            let alerts = String(decoding: try readFile(deployed("alerts.yml")), as: UTF8.self)
            let used =
                (queries + alerts.split(separator: "\n").map(String.init).filter { $0.contains("expr:") })
                .flatMap { $0.matches(of: /mapmux_[a-z_]+/).map { String($0.output) } }
            #expect(used.count >= queries.count)
            #expect(Set(used).subtracting(known) == [])

            // As rules, since that is what promtool can check.
            let rules = queries.enumerated().map { index, query in
                let filled = query.replacing("$__rate_interval", with: "1m").replacing("'", with: "''")
                return "  - {record: 'query:\(index)', expr: '\(filled)'}"
            }
            let directory = try TemporaryDirectory()
            let file = try directory.write(
                "rules.yml", "groups:\n- name: dashboard\n  rules:\n" + rules.joined(separator: "\n") + "\n")
            let check = try run("promtool", ["check", "rules", file])
            #expect(check.status == 0, "\(check.text) \(check.stderr)")
        }
    }
}
