// What `mapmux check` says of maps whose answers are to be kept.

import Testing
import ThrowawayServers

extension EndToEnd.CheckTests {
    @Test("Of a map kept by notification: what is missing, that nothing is, and that its table changes much")
    func notified() throws {
        let scene = try CheckScene(cluster: try ThrowawayCluster())
        let mapmux = try MapmuxProcess(
            maps: [
                try scene.table("users", query: "SELECT maildir FROM users WHERE username = '%s'"),
                try scene.table("timed", query: "SELECT maildir FROM users WHERE username = '%s' LIMIT 1"),
                try scene.table(
                    "now", query: "SELECT goto FROM single WHERE address = '%s' AND now() > '2020-01-01'"),
            ], parameters: ["cache": "users=notified now=notified/5s timed=5s"])
        func codes(_ name: String, _ report: CheckedJSON) -> [String] {
            report.codes(scene.path(name)).filter { $0 != "unknown-use" }
        }
        func verdict(_ report: CheckedJSON) throws -> String {
            try report.table("users")["verdict"] as? String ?? ""
        }
        let without = try CheckedJSON(mapmux)
        #expect(without.status == 0, "\(without.text)")
        #expect(codes("users", without) == ["missing-triggers"], "\(without.text)")
        #expect(without.text.contains("while public.users has no triggers of mapmux"))
        #expect(!(try verdict(without)).contains("triggers"))
        #expect(codes("now", without) == ["never-notified"] && codes("timed", without) == [])
        #expect(without.text.contains("now() may answer differently though no row has changed"))

        try scene.cluster.psql(CheckScene.database, try mapmux.run("triggers", ["users"]).text)
        let with = try CheckedJSON(mapmux)
        #expect(codes("users", with) == [], "\(with.text)")
        #expect(try verdict(with).contains("; triggers tell of changes, by key"))

        // 180,000 in an hour.
        try scene.cluster.psql(
            CheckScene.database,
            """
            SELECT pg_stat_reset();
            INSERT INTO users SELECT 'more' || n, NULL, NULL FROM generate_series(1, 90001) AS n;
            UPDATE users SET maildir = 'x' WHERE username LIKE 'more%';
            ALTER TABLE users DISABLE TRIGGER mapmux_insert
            """)
        let busy = try CheckedJSON(mapmux)
        #expect(codes("users", busy) == ["missing-triggers", "busy-table"], "\(busy.text)")
        #expect(busy.text.contains("the trigger mapmux_insert of public.users is not enabled ALWAYS"))
        #expect(busy.text.contains("found 180002 changed rows of public.users in the 0 minutes since"))
        #expect(codes("timed", busy) == [])
    }

    @Test("A map of which nothing is kept is told of, and one that is not notified, as a pooler is between")
    func nothingKept() throws {
        let scene = try CheckScene(cluster: try ThrowawayCluster())
        let pooler = try PgBouncer(before: scene.cluster, connections: 2)
        let query = "SELECT maildir FROM users WHERE username = '%s'"
        let mapmux = try MapmuxProcess(
            maps: [
                try scene.table("keeps", query: "SELECT txid_current()::text || '%s'"),
                try scene.table("alone", query: query),
                try scene.table("pooled", query: query, user: "postgres", hosts: pooler.host),
                try scene.table("trusted", query: query + " LIMIT 1", user: "postgres", hosts: pooler.host),
                try scene.table("others", query: "SELECT txid_current()::text || '%u'"),
            ],
            parameters: [
                "cache": "keeps=5s alone=5s pooled=notified trusted=notified/5s", "map_trust": "trusted",
                "stale_while_down": "pooled=1h",
            ])
        let report = try CheckedJSON(mapmux)
        func codes(_ name: String) -> [String] {
            report.codes(scene.path(name)).filter { ["nothing-kept", "never-notified"].contains($0) }
        }
        #expect(codes("keeps") == ["nothing-kept"] && codes("pooled") == ["never-notified"], "\(report.text)")
        #expect(codes("alone") == [] && codes("others") == [])
        #expect(codes("trusted") == ["never-notified"], "\(report.text)")
    }
}
