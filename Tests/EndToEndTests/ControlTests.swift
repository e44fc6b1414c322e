// The control socket and the commands that use it.

import Foundation
import Glibc
import LookupStatistics
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Control", .serialized)
    struct ControlTests {
        private static let shared = Result { try Scene() }

        private func daemon(_ parameters: [String: String] = [:]) throws -> MapmuxProcess {
            let mapmux = try MapmuxProcess(maps: try Self.shared.get().loadTables(), parameters: parameters)
            try mapmux.start()
            try waitForValue(mapmux)
            return mapmux
        }

        @Test(
            "Without a daemon every command says so and ends with 69",
            arguments: ["stats", "top", "reload", "drain", "pause", "resume"])
        func nobodyThere(command: String) throws {
            let mapmux = try MapmuxProcess(maps: try Self.shared.get().loadTables())
            var result = try mapmux.run(command, [])
            #expect(result.status == 69)
            #expect(result.stderr.contains(mapmux.controlPath) && result.stdout.isEmpty, "\(result.stderr)")
            result = try mapmux.run(command, ["-o", "control_socket="])
            #expect(result.status == 78 && result.stderr.contains("control_socket"), "\(result.stderr)")
            result = try MapmuxProcess.run([command, "-c", "/nowhere.conf"])
            #expect(result.status == 78 && result.stderr.contains("/nowhere.conf"), "\(result.stderr)")
        }

        @Test(
            "The socket is for its owner only, and another user is turned away even where the mode lets him in"
        )
        func permissions() throws {
            let mapmux = try daemon()
            var status = stat()
            #expect(unsafe stat(mapmux.controlPath, &status) == 0 && status.st_mode & 0o777 == 0o600)
            #expect(unsafe chmod(mapmux.controlPath, 0o666) == 0)
            let script = """
                use Socket; socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die;
                connect($s, pack_sockaddr_un($ARGV[0])) or die "connect: $!";
                syswrite($s, "stats\\n"); print <$s>;
                """
            let other = try ThrowawayServers.run(
                "setpriv", ["--reuid=nobody", "--clear-groups", "perl", "-e", script, mapmux.controlPath])
            #expect(other.stdout.isEmpty, "\(other.text)")
            try mapmux.waitForLog("turned away from the control socket")
            #expect(try mapmux.run("stats", []).status == 0)
        }

        @Test("reload tells its result: what is wrong and 78, or 0 when every worker serves the new tables")
        func reload() throws {
            let mapmux = try daemon(["workers": "2"])
            let scene = try Self.shared.get()
            let maps = try scene.loadTables()
            try mapmux.configure(maps: maps + ["pgsql:/nowhere.cf"], parameters: ["pool_size": "many"])
            let refused = try mapmux.run("reload", [])
            #expect(refused.status == 78 && refused.stdout.isEmpty)
            #expect(refused.stderr.contains("/nowhere.cf") && refused.stderr.contains("pool_size"))
            #expect(refused.stderr.contains("the old configuration stays"))
            #expect(try mapmux.statistics().process.reloadsFailed == 1)
            let more = try scene.table("more", query: "SELECT 'more %s'")
            try mapmux.configure(maps: maps + [more], parameters: ["workers": "2"])
            let done = try mapmux.run("reload", [])
            #expect(done.status == 0 && done.text == "reloaded\n", "\(done.stderr)")
            // No worker answers from the old configuration any more.
            for _ in 0..<20 {
                let reply = try mapmux.client().lookup("more", "x")
                if case .perm = reply { Issue.record("a worker has not adopted it") }
            }
            for text in ["reload failed", "reloaded"] { try mapmux.waitForLog(text) }
        }

        @Test("drain answers what was asked, and returns when the daemon has ended")
        func drain() throws {
            let mapmux = try daemon()
            let result = try mapmux.run("drain", [])
            #expect(result.status == 0 && result.text == "drained\n", "\(result.stderr)")
            #expect(try mapmux.waitForExit() == 0)
            #expect(unsafe access(mapmux.controlPath, F_OK) != 0)
        }

        @Test("The socket moves on reload, and goes over to the successor at an upgrade")
        func moves() throws {
            let mapmux = try daemon()
            let started = try mapmux.statistics().process.startedAt
            let maps = try Self.shared.get().loadTables()
            let elsewhere = "\(mapmux.directory.path)/elsewhere"
            try mapmux.configure(maps: maps, parameters: ["control_socket": "unix:\(elsewhere)"])
            let inVain = try mapmux.run("reload", [])
            #expect(
                inVain.status == 69 && inVain.stderr.contains("still at the old place"), "\(inVain.stderr)")
            let reload = try mapmux.run("reload", ["-o", "control_socket=unix:\(mapmux.controlPath)"])
            #expect(reload.status == 0, "\(reload.stderr)")
            #expect(try mapmux.run("stats", []).status == 0)
            #expect(unsafe access(mapmux.controlPath, F_OK) != 0)
            mapmux.signal(SIGUSR2)
            try mapmux.waitForLog("upgraded")
            let process = try #require(mapmux.log().firstMatch(of: /upgraded.* process=(\d+)/)?.1)
            let successor = try #require(Int32(process))
            try mapmux.killAtExit(successor)
            #expect(try mapmux.waitForExit() == 0)
            let statistics = try mapmux.statistics()
            #expect(statistics.process.startedAt > started)
            var status = stat()
            #expect(unsafe stat(elsewhere, &status) == 0 && status.st_mode & 0o777 == 0o600)
            #expect(try mapmux.run("drain", []).status == 0)
            #expect(unsafe access(elsewhere, F_OK) != 0)
        }

        @Test("Nonsense is answered, and harms nobody")
        func nonsense() throws {
            let mapmux = try daemon()
            let client = try SocketmapClient(path: mapmux.controlPath)
            try client.send(Array("frobnicate\n".utf8))
            try client.send([UInt8](repeating: UInt8(ascii: "x"), count: 5_000))
            client.finishSending()
            let answer = String(decoding: try client.readUntilClosed(), as: UTF8.self)
            #expect(
                answer.contains("frobnicate")
                    && answer.contains("expected one of stats, reload, drain, config, pause, resume"))
            // As many as there is room for, and more, that say nothing.
            let silent = try (0..<16).map { _ in try SocketmapClient(path: mapmux.controlPath) }
            #expect(silent.count == 16)
            try waitForValue(mapmux)
            silent[0].finishSending()
            #expect(try mapmux.run("stats", []).status == 0)
        }

        @Test("Under the journal each line begins with its priority, elsewhere none does")
        func journal() throws {
            let directory = try TemporaryDirectory()
            let serve = try MapmuxProcess.commandLine(["serve", "-c", "/nowhere.conf"])
            // As systemd.exec(5) has it: the device and the inode that stderr leads to, or others.
            for (offset, start) in [(0, "<3>mapmux: error: "), (1, "mapmux: error: ")] {
                let log = "\(directory.path)/log\(offset)"
                let script = """
                    inode=$(stat -c %i '\(log)')
                    JOURNAL_STREAM=$(stat -c %d '\(log)'):$((inode + \(offset))) exec \(serve)
                    """
                let child = try ChildProcess("/bin/sh", ["-c", script], stderr: log)
                #expect(try child.waitForExit() == 78)
                let lines = String(decoding: try readFile(log), as: UTF8.self).split(separator: "\n")
                #expect(!lines.isEmpty && lines.allSatisfy { $0.hasPrefix(start) }, "\(lines)")
            }
        }

        @Test("log_format = json: every line is an object, and a reload changes it")
        func jsonLog() throws {
            let mapmux = try daemon(["log_format": "json"])
            mapmux.signal(SIGHUP)
            try mapmux.waitForLog("reloaded")
            let lines = mapmux.log().split(separator: "\n")
            #expect(lines.count >= 2)
            for line in lines {
                let parsed = try JSONSerialization.jsonObject(with: Data(line.utf8))
                let object = try #require(parsed as? [String: Any])
                #expect(Set(object.keys) == ["time", "level", "message", "fields"])
                #expect(object["fields"] is [String: String])
            }
            try mapmux.configure(maps: try Self.shared.get().loadTables())
            #expect(try mapmux.run("reload", []).status == 0)
            try mapmux.waitForLog("\nmapmux: notice: reloaded maps=3\n")
        }
    }
}
