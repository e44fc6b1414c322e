// The units for systemd: well-formed, sandboxed, and not so tightly that the daemon can't do its work.

import Foundation
import Glibc
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Units", .serialized)
    struct UnitFileTests {
        private static let deploy =
            URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path + "/deploy"
        private static let units = ["", "@"].flatMap {
            ["mapmux\($0).service", "mapmux-socketmap\($0).socket", "mapmux-proxymap\($0).socket"]
        }

        private func unit(_ name: String) throws -> String {
            String(decoding: try readFile("\(Self.deploy)/systemd/\(name)"), as: UTF8.self)
        }

        @Test("systemd-analyze verify finds nothing")
        func verify() throws {
            // Their program is where the test has it.
            let directory = try TemporaryDirectory()
            let program = try directory.write("mapmux", "#!/bin/sh\n", mode: 0o755)
            let files = try Self.units.map {
                try directory.write($0, try unit($0).replacing("/usr/sbin/mapmux", with: program))
            }
            // Only what it says of these counts: it reads other units of the machine, too.
            func complaints(_ files: [String]) throws -> [Substring] {
                try ThrowawayServers.run(
                    "systemd-analyze", ["verify", "--man=no", "--recursive-errors=no"] + files
                ).stderr.split(separator: "\n").filter { $0.contains("mapmux") }
            }
            #expect(try complaints(files) == [])
            // And would find something.
            for name in ["mapmux.service", "mapmux@.service"] {
                let wrong = try directory.write(
                    name, try unit(name).replacing("WatchdogSec", with: "WatchdogSex"))
                #expect(try complaints([wrong]).contains { $0.contains("WatchdogSex") })
            }
        }

        @Test("The unit for Postfix instances is the other one but for names")
        func template() throws {
            func lines(_ name: String) throws -> [String] {
                try unit(name).split(separator: "\n").map(String.init).filter {
                    !$0.hasPrefix("#")
                        && !["Description=", "Before=", "RuntimeDirectory"].contains(where: $0.hasPrefix)
                }
            }
            let expected = try lines("mapmux.service").map {
                ($0.contains("=/usr/sbin/mapmux") ? "\($0) -c /etc/mapmux/%i.conf" : $0)
                    .replacing("/var/spool/postfix/", with: "/var/spool/postfix-%i/")
            }
            #expect(try lines("mapmux@.service") == expected)
        }

        @Test("systemd-analyze security says 1.4 at most")
        func security() throws {
            let directory = try TemporaryDirectory()
            func isSafe(_ text: String) throws -> Bool {
                let file = try directory.write("mapmux.service", text)
                let result = try ThrowawayServers.run(
                    "systemd-analyze",
                    ["security", "--offline=true", "--no-pager", "--threshold=14", file])
                #expect(result.text.contains("Overall exposure level for mapmux.service"), "\(result.stderr)")
                return result.status == 0
            }
            let text = try unit("mapmux.service")
            #expect(try isSafe(text))
            #expect(try !isSafe(text.replacing("SystemCallFilter=", with: "#")))
        }

        @Test(
            "What the daemon calls and maps, the unit allows: sockets, TCP, host names, TLS, HTTP, reloads, upgrades"
        )
        func systemCalls() throws {
            let scene = try Scene(clusters: [ThrowawayCluster(), EncryptedCluster.make()])
            let directory = try TemporaryDirectory()
            let trace = "\(directory.path)/trace"
            let port = try #require(scene.clusters[1].host.split(separator: ":").last)
            let named = try scene.table("named", query: "SELECT 'named %s'", hosts: "localhost:\(port)")
            let secure = try scene.table(
                "secure", query: "SELECT 'secure %s'",
                hosts: "postgresql://postgres@localhost:\(port)/\(Scene.database)?sslmode=require")
            let status = try freeLoopbackPort()
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables() + [named, secure],
                parameters: [
                    "workers": "2", "drain_timeout": "1s",
                    "http_listen": "inet:127.0.0.1:\(status)",
                ])
            try mapmux.start(under: ["strace", "-D", "-f", "-q", "-o", trace])
            try waitForValue(mapmux)
            let client = try mapmux.client()
            for map in ["named", "secure"] {
                try waitUntil("\(map) answers: \(mapmux.log())") {
                    try client.lookup(map, "x") == .ok("\(map) x")
                }
            }
            #expect(try mapmux.run("reload", []).status == 0)
            #expect(try mapmux.run("stats", []).status == 0)
            let page = try HTTPClient(to: .tcp(status)).request("/")
            #expect(page.status == 200)
            mapmux.signal(SIGUSR2)
            try mapmux.waitForLog("upgraded: serving")
            let successor = try #require(mapmux.log().firstMatch(of: /upgraded: .*process=(\d+)/)?.1)
            try mapmux.killAtExit(try #require(Int32(successor)))
            #expect(try mapmux.waitForExit() == 0)
            #expect(try mapmux.run("drain", []).status == 0)
            try waitUntil("the trace is whole") {
                // The number is padded.
                String(decoding: try readFile(trace), as: UTF8.self).split(separator: "\n").contains {
                    $0.hasPrefix("\(successor) ") && $0.hasSuffix("+++ exited with 0 +++")
                }
            }

            let lines = String(decoding: try readFile(trace), as: UTF8.self).split(separator: "\n")
            let calls = Set(
                lines.compactMap { $0.firstMatch(of: /^\d+ +([a-z][a-z_0-9]*)\(/)?.1 }.map(String.init))
            #expect(calls.isSuperset(of: ["epoll_wait", "accept4", "connect", "sendto"]), "\(calls)")
            // That it can't raise its limit of open files it can live with: LimitNOFILE= has.
            let needed = calls.subtracting(["prlimit64", "setrlimit"])
            #expect(needed.subtracting(try allowedCalls()) == [])
            // MemoryDenyWriteExecute=
            #expect(!lines.contains { $0.contains("PROT_WRITE|PROT_EXEC") })
            // RestrictAddressFamilies=; getaddrinfo(3) goes without AF_NETLINK where it must.
            let families = Set(
                lines.compactMap { $0.firstMatch(of: /socket\((AF_[A-Z0-9]+)/)?.1 }.map(String.init))
            #expect(families.isSubset(of: ["AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK"]), "\(families)")
        }

        @Test("systemctl reload fails when mapmux reload does, and does nothing that the sandbox forbids")
        func reload() throws {
            let scene = try Scene()
            let maps = try scene.loadTables()
            let mapmux = try MapmuxProcess(maps: maps)
            try mapmux.start()
            let commands = try unit("mapmux.service").split(separator: "\n").filter {
                $0.hasPrefix("ExecReload=")
            }
            let words = try #require(commands.first).dropFirst("ExecReload=".count).split(separator: " ")
                .map(String.init)
            #expect(commands.count == 1 && words.first == "/usr/sbin/mapmux")
            let command = try MapmuxProcess.commandLine(words.dropFirst() + ["-c", mapmux.configurationPath])
            let trace = "\(mapmux.directory.path)/trace"
            let good = try ThrowawayServers.run(
                "/bin/sh", ["-c", "exec strace -f -q -o \(trace) \(command)"])
            #expect(good.status == 0 && good.text == "reloaded\n", "\(good.stderr)")
            let calls = String(decoding: try readFile(trace), as: UTF8.self).split(separator: "\n").compactMap
            {
                $0.firstMatch(of: /^\d+ +([a-z][a-z_0-9]*)\(/)?.1
            }.map(String.init)
            #expect(calls.contains("connect"))
            #expect(Set(calls).subtracting(["prlimit64"]).subtracting(try allowedCalls()) == [])

            try mapmux.configure(maps: maps + ["pgsql:/nonexistent.cf"])
            #expect(try ThrowawayServers.run("/bin/sh", ["-c", command]).status == 1)
            try mapmux.configure(maps: maps, parameters: ["pool_sise": "3"])
            #expect(try ThrowawayServers.run("/bin/sh", ["-c", command]).status == 78)
        }

        @Test(
            "No number of failed starts takes the sockets down, and only a bad configuration is not tried again"
        )
        func limits() throws {
            for name in ["mapmux.service", "mapmux@.service"] {
                let text = try unit(name)
                #expect(text.contains("\nStartLimitIntervalSec=0\n"))
                #expect(text.contains("\nRestart=on-failure\n"))
                // What serve exits with where no socket was handed over; with one it stays up.
                #expect(text.contains("\nRestartPreventExitStatus=78\n"))
            }
        }

        /// What the unit's filter lets through: each line adds to those before, or with ~ takes away.
        private func allowedCalls() throws -> Set<String> {
            var allowed: Set<String> = []
            for line in try unit("mapmux.service").split(separator: "\n")
            where line.hasPrefix("SystemCallFilter=") {
                let value = line.dropFirst("SystemCallFilter=".count)
                for word in value.drop(while: { $0 == "~" }).split(separator: " ").map(String.init) {
                    let calls: Set<String> = word.hasPrefix("@") ? try Self.calls(word) : [word]
                    if value.hasPrefix("~") { allowed.subtract(calls) } else { allowed.formUnion(calls) }
                }
            }
            #expect(allowed.count > 100)
            return allowed
        }

        /// What a set of systemd's holds, with the sets in it.
        private static func calls(_ set: String) throws -> Set<String> {
            let result = try ThrowawayServers.run("systemd-analyze", ["syscall-filter", "--no-pager", set])
            try #require(result.status == 0, "\(result.stderr)")
            let words = result.text.split(separator: "\n").dropFirst().map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            var all: Set<String> = []
            for word in words where !word.isEmpty && !word.hasPrefix("#") {
                if word.hasPrefix("@") { all.formUnion(try calls(word)) } else { all.insert(word) }
            }
            return all
        }
    }
}
