// A configuration that can't be used, where clients wait at sockets that were handed over: they get their answer.

import Foundation
import Glibc
import LookupStatistics
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Started with a configuration that can't be used", .serialized)
    struct UnusableConfigurationTests {
        private static let shared = Result { try Scene() }

        /// A daemon's sockets, in the place of systemd and where a Postfix looks for them.
        private struct Sockets {
            let directory: TemporaryDirectory
            let socketmap: HandedSocket
            let proxymap: HandedSocket
            let postfix: PostfixConfiguration

            init() throws {
                directory = try TemporaryDirectory()
                try FileManager.default.createDirectory(
                    atPath: "\(directory.path)/private", withIntermediateDirectories: false)
                socketmap = try HandedSocket(path: "\(directory.path)/socketmap", name: "socketmap")
                proxymap = try HandedSocket(path: "\(directory.path)/private/mapmux", name: "proxymap")
                postfix = try PostfixConfiguration(
                    parameters: ["queue_directory": directory.path, "proxymap_service_name": "mapmux"])
            }

            var both: [HandedSocket] { [socketmap, proxymap] }

            func postmap(_ key: String, _ table: String) throws -> PostfixConfiguration.Answer {
                try postfix.postmap(query: Array(key.utf8), table: table)
            }
        }

        @Test("It says so to everybody, answers temporary failure at once, and a reload is all that it takes")
        func mending() throws {
            let scene = try Self.shared.get()
            let tables = try scene.loadTables()
            let sockets = try Sockets()
            let port = try freeLoopbackPort()
            let parameters = ["http_listen": "inet:127.0.0.1:\(port)", "workers": "2"]
            let mapmux = try MapmuxProcess(
                maps: tables, parameters: parameters.merging(["pool_sise": "3"]) { $1 })
            let manager = try NotifySocket(name: "\(sockets.directory.path)/notify")
            try mapmux.launch(handing: sockets.both, environment: ["NOTIFY_SOCKET": manager.name])
            let status = try #require(try manager.wait(for: "STATUS=").last)
            #expect(manager.messages().contains("READY=1"))
            let place = "\(mapmux.configurationPath):7: found the unknown parameter `pool_sise`"
            #expect(status.hasPrefix("STATUS=Each lookup fails temporarily: \(place)"), "\(status)")
            #expect(
                mapmux.log().contains("mapmux: error: the configuration can't be used"), "\(mapmux.log())")

            let client = try SocketmapClient(path: sockets.socketmap.path)
            for map in ["addresses", "nowhere"] {
                guard case .temp(let reason) = try client.lookup(map, "user7@example.com") else {
                    Issue.record("\(map) does not fail temporarily")
                    continue
                }
                #expect(reason.contains(place))
            }
            // What Postfix asks for of its own accord, too, has an answer, so that smtpd can say 451.
            for table in ["proxy:\(tables[0])", "proxy:unix:passwd.byname"] {
                #expect(try sockets.postmap("root", table).isFailure)
            }
            #expect(try mapmux.statistics().process.configurationTrouble?.hasPrefix(place) == true)
            #expect(try mapmux.run("stats", []).text.contains("each lookup fails temporarily: \(place)"))
            let plugin = try mapmux.run("status", [])
            #expect(plugin.status == 2, "\(plugin.text)")
            #expect(
                plugin.text.hasPrefix("MAPMUX CRITICAL - each lookup fails temporarily: \(place)"),
                "\(plugin.text)"
            )
            let http = try HTTPClient(to: .tcp(port))
            let unready = try http.request("/readyz")
            #expect(unready.status == 503 && unready.text.contains(place), "\(unready.text)")
            #expect(try http.request("/metrics").text.contains("\nmapmux_configuration_usable 0\n"))

            // Mended by half: what is wrong now is said.
            try mapmux.configure(maps: tables, parameters: parameters.merging(["pool_size": "few"]) { $1 })
            let half = try mapmux.run("reload", [])
            #expect(
                half.status == 78 && half.stderr.contains("there is no old configuration"), "\(half.stderr)")
            try waitUntil("the status has it") {
                manager.messages().last?.contains("`pool_size = few`") == true
            }
            #expect(try client.lookup("addresses", "user7@example.com").isTemporary)

            try mapmux.configure(maps: tables, parameters: parameters)
            let whole = try mapmux.run("reload", [])
            #expect(whole.status == 0, "\(whole.stderr)")
            try waitUntil("a value arrives, to old clients as well: \(mapmux.log())") {
                try client.lookup("addresses", "user7@example.com") == .ok("box7@store.example.net")
            }
            let answer = try sockets.postmap("user7@example.com", "proxy:\(tables[0])")
            #expect(answer == .found(Array("box7@store.example.net".utf8)))
            try waitUntil("it is ready") { try http.request("/readyz").status == 200 }
            #expect(try http.request("/metrics").text.contains("\nmapmux_workers 2\n"))
            #expect(try mapmux.statistics().process.configurationTrouble == nil)
            #expect(manager.messages().last?.hasPrefix("STATUS=Serving 3 maps on ") == true)
            mapmux.signal(SIGTERM)
            #expect(try mapmux.waitForExit() == 0)
        }

        @Test("A file that is not there, or a socket that can't be made, is no reason to let clients hang")
        func causes() throws {
            let scene = try Self.shared.get()
            let sockets = try Sockets()
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables(), parameters: ["http_listen": "unix:/nonexistent/http"])
            let file = try readFile(mapmux.configurationPath)
            let causes: [(expected: String, arguments: [String])] = [
                ("mapmux.conf: can't be read", ["-o", "control_socket=unix:\(mapmux.controlPath)"]),
                (
                    "can't listen on /nonexistent/socketmap",
                    ["-o", "socketmap_listen=unix:/nonexistent/socketmap"]
                ),
            ]
            for (number, cause) in causes.enumerated() {
                if number == 0 {
                    try FileManager.default.removeItem(atPath: mapmux.configurationPath)
                } else {
                    try mapmux.directory.write("mapmux.conf", String(decoding: file, as: UTF8.self))
                }
                try mapmux.launch(arguments: cause.arguments, handing: sockets.both)
                let client = try SocketmapClient(path: sockets.socketmap.path)
                guard case .temp(let reason) = try client.lookup("addresses", "x") else {
                    Issue.record("no temporary failure: \(mapmux.log())")
                    continue
                }
                #expect(reason.contains(cause.expected), "\(reason)")
                mapmux.signal(SIGTERM)
                #expect(try mapmux.waitForExit() == 0, "\(mapmux.log())")
                // Without a socket that anybody waits at, it ends as ever.
                try mapmux.launch(arguments: cause.arguments)
                #expect(try mapmux.waitForExit() == 78)
            }
        }

        @Test("An upgrade is refused as ever, and the predecessor goes on")
        func upgrade() throws {
            let scene = try Self.shared.get()
            let sockets = try Sockets()
            let mapmux = try MapmuxProcess(maps: try scene.loadTables())
            try mapmux.start(handing: sockets.proxymap)
            try waitForValue(mapmux)
            try mapmux.configure(maps: try scene.loadTables(), parameters: ["pool_sise": "3"])
            mapmux.signal(SIGUSR2)
            try mapmux.waitForLog("the upgrade has failed")
            try waitForValue(mapmux)
        }
    }
}
