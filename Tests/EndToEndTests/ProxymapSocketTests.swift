// Sockets in the place of proxymap: each with a Postfix of its own behind it, and clients of any version before it.

import Foundation
import Glibc
import LookupStatistics
import TestSupport
import Testing
import ThrowawayServers

/// A client of Postfix before 3.6, which takes whatever comes first for the answer to what it has asked.
private struct OldClient {
    private let socket: StreamSocket

    init(path: String) throws {
        socket = try StreamSocket(to: .unix(path))
    }

    /// The attributes of the answer to a request; nil where it is none, on which such a client closes the connection.
    func ask(_ attributes: [String]) throws -> [String]? {
        try socket.send((attributes + [""]).flatMap { Array($0.utf8) + [0] })
        var bytes: [UInt8] = []
        while true {
            let some = try socket.readSome()
            if some.isEmpty { return nil }
            bytes += some
            // An empty name ends the list; no value that is asked for here is empty at the end of a packet.
            if bytes.suffix(2) == [0, 0] { break }
        }
        let answer = bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast(2)
            .map { String(decoding: $0, as: UTF8.self) }
        return answer.first == "status" ? answer : nil
    }

    func open(_ table: String) throws -> [String]? {
        try ask(["request", "open", "table", table, "flags", "64"])
    }

    func lookup(_ table: String, _ key: String) throws -> [String]? {
        try ask(["request", "lookup", "table", table, "flags", "64", "key", key])
    }
}

extension EndToEnd {
    @Suite("Proxymap sockets", .serialized)
    struct ProxymapSocketTests {
        private static let shared = Result { try Scene() }
        private static let key = "user7@example.com"
        private static let value = "box7@store.example.net"

        /// Where a Postfix that only postmap knows of has its sockets.
        private struct Place {
            let directory: TemporaryDirectory
            let postfix: PostfixConfiguration
            var path: String { "\(directory.path)/private/mapmux" }

            init() throws {
                directory = try TemporaryDirectory()
                try FileManager.default.createDirectory(
                    atPath: "\(directory.path)/private", withIntermediateDirectories: false)
                postfix = try PostfixConfiguration(
                    parameters: ["queue_directory": directory.path, "proxymap_service_name": "mapmux"])
            }

            func postmap(_ key: String, _ table: String) throws -> PostfixConfiguration.Answer {
                try postfix.postmap(query: Array(key.utf8), table: "proxy:\(table)")
            }
        }

        private func daemon(_ parameters: [String: String]) throws -> (MapmuxProcess, table: String) {
            let tables = try Self.shared.get().loadTables()
            let mapmux = try MapmuxProcess(maps: tables, parameters: parameters)
            try mapmux.start()
            try waitForValue(mapmux)
            return (mapmux, tables[0])
        }

        @Test(
            "Clients that wait for a greeting get one with proxymap_greeting = no, too, and the log says what is right"
        )
        func greetingNotConfigured() throws {
            let place = try Place()
            let (mapmux, table) = try daemon([
                "proxymap_listen": "unix:\(place.path)", "proxymap_greeting": "no",
            ])
            #expect(try OldClient(path: place.path).lookup(table, Self.key)?.contains(Self.value) == true)
            #expect(!mapmux.log().contains("greeting"))
            for _ in 0..<2 {
                #expect(try place.postmap(Self.key, table) == .found(Array(Self.value.utf8)))
            }
            let lines = mapmux.log().split(separator: "\n").filter { $0.contains("proxymap_greeting = yes") }
            #expect(lines.count == 1 && lines[0].contains("path=\(place.path)"), "\(mapmux.log())")
        }

        @Test(
            "Where clients take a greeting for the answer the log says what is right, and others are greeted"
        )
        func greetingConfigured() throws {
            let place = try Place()
            let (mapmux, table) = try daemon(["proxymap_listen": "unix:\(place.path)"])
            try waitUntil("it is noticed: \(mapmux.log())") {
                let client = try OldClient(path: place.path)
                if let opened = try client.open(table) {
                    #expect(opened == ["protocol", "proxymap_protocol"])
                }
                return mapmux.log().contains("proxymap_greeting = no")
            }
            let lines = mapmux.log().split(separator: "\n").filter { $0.contains("proxymap_greeting = no") }
            #expect(lines.count == 1 && lines[0].contains("path=\(place.path)"), "\(mapmux.log())")
            #expect(try place.postmap(Self.key, table) == .found(Array(Self.value.utf8)))
            #expect(
                try mapmux.statistics().recentErrors.contains {
                    $0.message.contains("proxymap_greeting = no")
                })
        }

        @Test("A table that is not in maps is denied where there is no relay, counted, and named in the log")
        func unlisted() throws {
            let place = try Place()
            let (mapmux, _) = try daemon(["proxymap_listen": "unix:\(place.path)"])
            guard case .failed(let reason) = try place.postmap("x", "pgsql:/etc/unlisted.cf") else {
                Issue.record("it was answered")
                return
            }
            #expect(reason.contains("not configured"), "\(reason)")
            let statistics = try mapmux.statistics()
            #expect(statistics.endpoints[1].unknownMaps == 1 && statistics.endpoints[0].unknownMaps == 0)
            try mapmux.waitForLog("table=pgsql:/etc/unlisted.cf")
            #expect(statistics.recentErrors.contains { $0.message.contains("pgsql:/etc/unlisted.cf") })
            let status = try mapmux.run("status", ["--warning", "100", "--critical", "100"])
            #expect(status.status == 1, "\(status.text)")
            #expect(status.text.contains("1 request for tables that are not configured"), "\(status.text)")
        }

        @Test("A relay that is not there is seen by everybody who watches")
        func lostRelay() throws {
            let place = try Place()
            let (mapmux, _) = try daemon([
                "proxymap_listen": "unix:\(place.path)", "proxymap_relay": "unix:/nonexistent/proxymap",
                "proxymap_greeting": "no",
            ])
            // Postfix's own would ask again and again.
            let client = try OldClient(path: place.path)
            #expect(try client.open("unix:passwd.byname")?.prefix(2) == ["status", "2"])
            let endpoint = try mapmux.statistics().endpoints[1]
            #expect(endpoint.relayFailures > 0 && endpoint.relayFailures == endpoint.relayed, "\(endpoint)")
            let status = try mapmux.run("status", ["--warning", "100", "--critical", "100"])
            #expect(status.status == 2, "\(status.text)")
            #expect(status.text.contains("requests for proxymap_relay have failed"), "\(status.text)")
            #expect(try mapmux.run("stats", []).text.contains("requests for proxymap_relay have failed"))
        }

        @Test(
            "Two Postfix instances on one mapmux: each is passed on to its own proxymap, and greeted as that is"
        )
        func instances() throws {
            let instances = try (0..<2).map { number in
                let instance = try PostfixInstance(
                    parameters: [
                        "proxymap_service_name": "mapmux",
                        "alias_maps": "proxy:texthash:$config_directory/aliases",
                        "alias_database": "",
                    ], chroot: false)
                try instance.write("aliases", "postmaster: instance\(number)\n".replacing(":", with: ""))
                return instance
            }
            let old = try Place()
            let sockets = instances.map {
                "{ unix:\($0.privateSocket("mapmux")), relay = unix:\($0.privateSocket("proxymap")) }"
            }
            let (mapmux, table) = try daemon([
                "socket_group": "postfix",
                "proxymap_listen":
                    "\(sockets.joined(separator: ", ")) { unix:\(old.path), relay =, greeting = no }",
                "proxymap_relay": "unix:/nonexistent/proxymap",
            ])
            for instance in instances { try instance.start() }
            for (number, instance) in instances.enumerated() {
                let own = "proxy:texthash:\(instance.configurationDirectory)/aliases"
                let answer = try instance.configuration.postmap(query: Array("postmaster".utf8), table: own)
                #expect(
                    answer == .found(Array("instance\(number)".utf8)), "\(instance.log()) \(mapmux.log())")
                let served = try instance.configuration.postmap(
                    query: Array(Self.key.utf8), table: "proxy:\(table)")
                #expect(served == .found(Array(Self.value.utf8)), "\(mapmux.log())")
            }
            // No greeting, and nothing behind it.
            let client = try OldClient(path: old.path)
            #expect(try client.open("unix:passwd.byname")?.prefix(2) == ["status", "4"])
            #expect(try client.lookup(table, Self.key)?.contains(Self.value) == true)
            #expect(!mapmux.log().contains("greeting"), "\(mapmux.log())")
            for instance in instances { try instance.stop() }
        }

        @Test(
            "A socket that is handed over as proxymap-no-greeting greets nobody, whatever is wrong with the configuration"
        )
        func handedOverWithoutGreeting() throws {
            let place = try Place()
            let handed = try HandedSocket(path: place.path, name: "proxymap-no-greeting")
            let mapmux = try MapmuxProcess(
                maps: try Self.shared.get().loadTables(), parameters: ["pool_sise": "3"])
            try mapmux.launch(handing: [handed])
            let client = try OldClient(path: place.path)
            #expect(try client.open("pgsql:/etc/any.cf")?.prefix(2) == ["status", "0"])
            #expect(try client.lookup("pgsql:/etc/any.cf", "x")?.prefix(2) == ["status", "2"])
        }
    }
}
