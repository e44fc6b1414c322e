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
            let lines = printed.text.split(separator: "\n")
            // psql would go on after a table that could not be locked, and exit with 0.
            #expect(lines[0] == "\\set ON_ERROR_STOP on")
            let comments = lines.dropFirst().prefix { $0.hasPrefix("--") }
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

        @Test(
            "Two configurations with scripts of their own end with both told, and neither takes from the other"
        )
        func several() throws {
            let scene = try Self.shared.get()
            try scene.cluster.psql(
                CheckScene.database,
                """
                CREATE TABLE joint (address text, goto text, box text, quota int);
                GRANT SELECT ON joint TO reader
                """)
            let first = try scene.table("goto", query: "SELECT goto FROM joint WHERE address = '%s'")
            let second = try scene.table("quota", query: "SELECT quota FROM joint WHERE box = '%s'")
            func write(_ name: String, _ maps: [String], _ cache: String) throws {
                try scene.directory.write(
                    "\(name).conf", "maps = \(maps.joined(separator: "\n    "))\ncache = \(cache)\n")
            }
            try write("one", ["aliases=\(first)"], "aliases=notified")
            try write("two", ["mailboxes=\(second)"], "mailboxes=notified")
            try write(
                "all", ["aliases=\(first)", "mailboxes=\(second)"], "aliases=notified mailboxes=notified")
            func run(_ name: String, _ arguments: [String] = []) throws -> String {
                let result = try MapmuxProcess.run(
                    ["triggers", "-c", "\(scene.directory.path)/\(name).conf"] + arguments)
                #expect(result.status == 0 && result.stderr.isEmpty, "\(result.stderr)")
                return result.text
            }
            try scene.cluster.psql(CheckScene.database, try run("one"))
            let printed = try run("two")
            #expect(
                printed.contains(
                    "-- public.joint: what its triggers tell for others stays: address, goto, the key address"
                ),
                "\(printed)")
            try scene.cluster.psql(CheckScene.database, printed)
            for (name, map) in [("one", "aliases"), ("two", "mailboxes"), ("all", "mailboxes")] {
                let again = try run(name)
                #expect(
                    again.contains("-- \(map): the triggers are in place") && !again.contains("CREATE"),
                    "\(again)")
            }
            // By name, too, a script of one map keeps what the other needs.
            try scene.cluster.psql(CheckScene.database, try run("all", ["aliases", "--all"]))
            #expect(!(try run("all")).contains("CREATE"))

            let kept = try run("all", ["aliases", "--remove"])
            #expect(kept.contains("-- public.joint: keeps its triggers, which mailboxes needs"), "\(kept)")
            #expect(!kept.contains("DROP"))
            let taken = try run("one", ["aliases", "--remove"])
            #expect(taken.contains("also tell of box, quota, the key box, which others may need"), "\(taken)")
            #expect(taken.contains("DROP TRIGGER"))
            try scene.cluster.psql(CheckScene.database, taken)
            #expect(try run("two").contains("CREATE"))
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
