// What the daemon tells systemd, whose part the test plays: sockets, readiness, reloads, the watchdog, the end.

import Foundation
import Glibc
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Under a service manager", .serialized)
    struct ServiceManagerTests {
        private static let shared = Result { try Scene() }

        private func scene() throws -> Scene { try Self.shared.get() }

        /// A daemon that has told that it is ready.
        private func daemon(
            _ manager: NotifySocket, parameters: [String: String] = [:], environment: [String: String] = [:],
            isReplaceable: Bool = false
        ) throws -> MapmuxProcess {
            let mapmux = try MapmuxProcess(
                maps: try scene().loadTables(), parameters: parameters, isReplaceable: isReplaceable)
            try mapmux.start(environment: environment.merging(["NOTIFY_SOCKET": manager.name]) { $1 })
            try manager.wait(for: "READY=1")
            return mapmux
        }

        @Test("It tells when it serves, reloads and ends, and what its state is", arguments: [false, true])
        func life(isAbstract: Bool) throws {
            let directory = try TemporaryDirectory()
            let manager = try NotifySocket(
                name: isAbstract ? "@mapmux-test-\(getpid())" : "\(directory.path)/notify")
            let mapmux = try daemon(manager, parameters: ["drain_timeout": "7s"])
            try waitForValue(mapmux)
            #expect(manager.messages() == ["READY=1", "STATUS=Serving 3 maps on \(mapmux.socketPath)"])

            mapmux.signal(SIGHUP)
            var told = try manager.wait(for: "STATUS", beyond: 2)
            try #require(told.count == 4, "\(told)")
            #expect(told[0] == "RELOADING=1" && told[1].hasPrefix("MONOTONIC_USEC=") && told[2] == "READY=1")

            try mapmux.configure(maps: try scene().loadTables(), parameters: ["pool_sise": "3"])
            mapmux.signal(SIGHUP)
            told = try manager.wait(for: "STATUS", beyond: 6)
            #expect(
                told.last
                    == "STATUS=Serving 3 maps on \(mapmux.socketPath); the last reload has failed: the old configuration stays"
            )
            #expect(told.first == "RELOADING=1" && told.contains("READY=1"), "\(told)")

            mapmux.signal(SIGTERM)
            #expect(try mapmux.waitForExit() == 0)
            told = try manager.wait(for: "STATUS", beyond: 10)
            #expect(told.prefix(2) == ["STOPPING=1", "EXTEND_TIMEOUT_USEC=8000000"], "\(told)")
            #expect(!manager.messages().contains { $0.hasPrefix("WATCHDOG") })
        }

        @Test("A daemon that can't start never says that it is ready")
        func failure() throws {
            let directory = try TemporaryDirectory()
            let manager = try NotifySocket(name: "\(directory.path)/notify")
            let mapmux = try MapmuxProcess(maps: [])
            try mapmux.launch(environment: ["NOTIFY_SOCKET": manager.name])
            #expect(try mapmux.waitForExit() == 78)
            #expect(manager.messages() == [])
        }

        @Test("A service manager that is not there, or is no socket, harms nothing")
        func deafManager() throws {
            for name in ["/nowhere/notify", "nonsense", "@", ""] {
                let mapmux = try MapmuxProcess(maps: try scene().loadTables())
                try mapmux.start(environment: ["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "junk"])
                try waitForValue(mapmux)
            }
        }

        @Test(
            "Numbers of sockets that none can have are as good as none",
            arguments: ["2147483647", "2147483640", "-1", "-2147483648", "99999999999999999999", "x"])
        func descriptors(_ count: String) throws {
            let mapmux = try MapmuxProcess(maps: try scene().loadTables())
            // As if it were the successor of this process, but for the pipe.
            try mapmux.launch(environment: ["LISTEN_FDS": count, "MAPMUX_PREDECESSOR": "\(getpid())"])
            #expect(try mapmux.waitForExit() == 71)
            #expect(mapmux.log().contains("fcntl"), "\(mapmux.log())")
        }

        @Test("With the sockets, the watchdog and the journal as systemd gives them")
        func everything() throws {
            let directory = try TemporaryDirectory()
            let manager = try NotifySocket(name: "\(directory.path)/notify")
            let mapmux = try MapmuxProcess(
                maps: try scene().loadTables(), parameters: ["socketmap_listen": "", "workers": "2"])
            let handed = try HandedSocket(path: "\(directory.path)/handed", name: "socketmap")
            let log = try mapmux.directory.write("log", "")
            var status = stat()
            try #require(unsafe stat(log, &status) == 0)
            try mapmux.start(
                socket: handed.path, handing: handed,
                environment: [
                    "NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "200000",
                    "JOURNAL_STREAM": "\(status.st_dev):\(status.st_ino)",
                ])
            try manager.wait(for: "STATUS=Serving 3 maps on \(handed.path)")
            try waitUntil("the watchdog is fed, again and again") {
                manager.messages().count { $0 == "WATCHDOG=1" } >= 5
            }
            let client = try SocketmapClient(path: handed.path)
            try waitUntil("a value arrives: \(mapmux.log())") {
                try client.lookup("numbers", "7") == .ok("box7@store.example.net")
            }
            #expect(mapmux.log().split(separator: "\n").allSatisfy { $0.hasPrefix("<") }, "\(mapmux.log())")
        }

        @Test("A watchdog that is meant for another process is not fed")
        func foreignWatchdog() throws {
            let directory = try TemporaryDirectory()
            let manager = try NotifySocket(name: "\(directory.path)/notify")
            let mapmux = try daemon(
                manager, environment: ["WATCHDOG_USEC": "1000", "WATCHDOG_PID": "\(getpid())"])
            try waitForValue(mapmux)
            mapmux.signal(SIGTERM)
            #expect(try mapmux.waitForExit() == 0)
            #expect(!manager.messages().contains("WATCHDOG=1"))
        }

        @Test("The watchdog is not fed while one worker of two hangs, and is when it turns again")
        func hungWorker() throws {
            let directory = try TemporaryDirectory()
            let manager = try NotifySocket(name: "\(directory.path)/notify")
            let mapmux = try daemon(
                manager, parameters: ["workers": "2"], environment: ["WATCHDOG_USEC": "100000"])
            try manager.wait(for: "WATCHDOG=1")
            // Whatever comes of its wait comes an hour later: the thread hangs, and no other.
            let thread = try Self.thread("worker 1", of: try mapmux.processID())
            let trace = "\(directory.path)/trace"
            let tracer = try ChildProcess(
                "strace",
                ["-p", "\(thread)", "-e", "trace=epoll_wait", "-e", "inject=epoll_wait:delay_exit=3600s"],
                stderr: trace)
            defer {
                tracer.signal(SIGKILL)
                _ = try? tracer.waitForExit()
            }
            // A sign of life that was asked for already may still come, and be the last.
            var told = 0
            try waitUntil(
                "nothing comes any more: \((try? readFile(trace)).map { String(decoding: $0, as: UTF8.self) } ?? "")"
            ) {
                told = manager.messages().count
                usleep(500_000)
                return manager.messages().count == told
            }
            // The other threads go on.
            mapmux.signal(SIGHUP)
            let reload = try manager.wait(for: "STATUS", beyond: told)
            #expect(reload.contains("READY=1") && !reload.contains("WATCHDOG=1"), "\(reload)")
            told = manager.messages().count
            usleep(500_000)
            #expect(manager.messages().count == told)

            tracer.signal(SIGTERM)
            _ = try tracer.waitForExit()
            try manager.wait(for: "WATCHDOG=1", beyond: told)
            try waitForValue(mapmux)
        }

        @Test("An upgrade names the new main process, which goes on feeding the watchdog")
        func upgrade() throws {
            let directory = try TemporaryDirectory()
            let manager = try NotifySocket(name: "\(directory.path)/notify")
            let mapmux = try daemon(manager, environment: ["WATCHDOG_USEC": "100000"], isReplaceable: true)
            try waitForValue(mapmux)
            try mapmux.replaceProgram()
            mapmux.signal(SIGUSR2)
            let line = try #require(
                try manager.wait(for: "MAINPID=").first { $0.hasPrefix("MAINPID=") })
            let successor = try #require(Int32(line.dropFirst("MAINPID=".count)))
            try mapmux.killAtExit(successor)
            #expect(try mapmux.waitForExit() == 0)
            // What comes now is its own.
            let told = manager.messages().count
            try manager.wait(for: "WATCHDOG=1", beyond: told)
            #expect(!manager.messages().contains { $0.hasPrefix("STOPPING") })
            // And that of its successor, which has the number of its grandparent in its environment.
            kill(successor, SIGUSR2)
            let next = try #require(
                try manager.wait(for: "MAINPID=", beyond: told).first { $0.hasPrefix("MAINPID=") })
            let second = try #require(Int32(next.dropFirst("MAINPID=".count)))
            try mapmux.killAtExit(second)
            try waitUntil("the first successor ends") {
                unsafe access("/proc/\(successor)/exe", F_OK) != 0
            }
            try manager.wait(for: "WATCHDOG=1", beyond: manager.messages().count)
            kill(second, SIGTERM)
            try manager.wait(for: "STOPPING=1")
        }

        private static func thread(_ name: String, of process: Int32) throws -> Int32 {
            let tasks = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")
            for task in tasks {
                let comm = String(decoding: try readFile("/proc/\(process)/task/\(task)/comm"), as: UTF8.self)
                if comm == "\(name)\n", let number = Int32(task) { return number }
            }
            throw SupportError("no thread \(name) among \(tasks)")
        }
    }
}
