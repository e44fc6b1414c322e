// `mapmux triggers`, as its user has it: SQL that is read, run, and taken back.

import Foundation
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("mapmux triggers", .serialized)
    struct TriggerCommandTests {
        private static let shared = Result { try CheckScene(cluster: ThrowawayCluster()) }

        private func run(_ scene: CheckScene, _ arguments: [String]) throws -> (
            status: Int32, text: String, stderr: String
        ) {
            let result = try MapmuxProcess.run(
                ["triggers", "-c", "\(scene.directory.path)/mapmux.conf"] + arguments)
            return (result.status, result.text, result.stderr)
        }

        @Test("What it prints can be run, is not printed again, and is taken away by what --remove prints")
        func round() throws {
            let scene = try Self.shared.get()
            let name = "new\n; DROP TABLE small; --"
            try scene.cluster.psql(CheckScene.database, "CREATE TABLE \"\(name)\" (k text, v int)")
            try scene.cluster.psql(CheckScene.database, "CREATE VIEW plain AS SELECT k, v FROM \"\(name)\"")
            try scene.cluster.psql(CheckScene.database, "GRANT SELECT ON plain TO reader")
            let maps = [
                "users="
                    + (try scene.table("users", query: "SELECT maildir FROM users WHERE username = '%s'")),
                "plain=" + (try scene.table("plain", query: "SELECT v FROM plain WHERE k = '%s'")),
                "now=" + (try scene.table("now", query: "SELECT now() FROM users WHERE username = '%s'")),
            ]
            try scene.directory.write("mapmux.conf", "maps = \(maps.joined(separator: "\n    "))\n")
            let none = try run(scene, [])
            #expect(none.status == 64 && none.text.isEmpty && none.stderr.contains("no map"))
            let unknown = try run(scene, ["users", "others"])
            #expect(unknown.status == 78 && unknown.stderr.contains("`others`"))
            let configured = try run(scene, ["-o", "cache = users=notified", "--all"])
            #expect(configured.status == 0 && configured.text.contains("mapmux_users"))
            #expect(!configured.text.contains("plain"))

            let printed = try run(scene, ["users", "plain", "now"])
            #expect(printed.status == 0 && printed.stderr.isEmpty, "\(printed.stderr)")
            #expect(printed.text.contains("-- now: can't be kept by notification"))
            // A name has no way out of a comment.
            let comments = printed.text.split(separator: "\n").prefix { $0.hasPrefix("--") }
            #expect(comments.count == 4)
            try scene.cluster.psql(CheckScene.database, printed.text)
            #expect(try scene.cluster.psql(CheckScene.database, "SELECT count(*) FROM small") == "2")
            let again = try run(scene, ["users", "plain"])
            #expect(again.status == 0 && !again.text.contains("CREATE"))
            #expect(again.text.contains("users: the triggers are in place; a change counts for the keys"))
            #expect(try run(scene, ["users", "plain", "--all"]).text.contains("CREATE"))

            let one = try run(scene, ["users", "--remove"])
            #expect(one.text.contains("mapmux_users") && !one.text.contains("new"))
            let removal = try run(scene, ["--remove"])
            #expect(removal.status == 0)
            try scene.cluster.psql(CheckScene.database, removal.text)
            #expect(!(try scene.cluster.dump(CheckScene.database)).contains("mapmux_"))
            #expect(try run(scene, ["--remove"]).text.contains("There are no triggers"))
        }

        @Test("A database that can't be asked is a temporary failure, and is said")
        func unreachable() throws {
            let scene = try Self.shared.get()
            let table = try scene.table("away", query: "SELECT 1 WHERE '%s' = ''", hosts: "unix:/nowhere")
            try scene.directory.write("away.conf", "maps = away=\(table)\n")
            let result = try MapmuxProcess.run(
                ["triggers", "-c", "\(scene.directory.path)/away.conf", "away"])
            #expect(result.status == 75 && result.stdout.isEmpty && result.stderr.contains("/nowhere"))
        }
    }
}
