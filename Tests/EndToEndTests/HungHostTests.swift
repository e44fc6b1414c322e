// A host that hangs, of two: it is not dead, and says nothing, at any point of a connection's life.

import Glibc
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Hung hosts", .serialized)
    struct HungHostTests {
        /// Where the first of the two hosts hangs.
        enum Phase: CaseIterable, CustomTestStringConvertible {
            case backlog
            case connecting
            case encrypting
            case authenticating
            case starting
            case preparing
            case inMiddleOfResult
            case silent
            case halfOpen

            var testDescription: String {
                switch self {
                case .backlog: "nobody accepts"
                case .connecting: "nobody speaks"
                case .encrypting: "in the TLS handshake"
                case .authenticating: "before authentication is over"
                case .starting: "before it is ready"
                case .preparing: "when a statement is prepared"
                case .inMiddleOfResult: "in the middle of a result"
                case .silent: "all at once"
                case .halfOpen: "as after a power cut"
                }
            }

            /// Set for every connection, open or not.
            var faults: ProxyFaults {
                switch self {
                case .backlog: .accepting(.never)
                case .connecting: .accepting(.silent)
                // The server's one byte says that it encrypts.
                case .encrypting: .trigger(.stall, .afterBytes(1), from: .server)
                case .authenticating: .trigger(.stall, .before(1, type: "R"), from: .server)
                case .starting: .trigger(.stall, .before(1, type: "Z"), from: .server)
                case .preparing: .trigger(.stall, .before(1, type: "1"), from: .server)
                case .inMiddleOfResult: .trigger(.stall, .afterBytes(2000), from: .server)
                case .silent: .stalled
                case .halfOpen: .halfOpen
                }
            }

            /// Whether connections that are open must end before one can hang in this phase.
            var isOfConnecting: Bool {
                switch self {
                case .backlog, .connecting, .encrypting, .authenticating, .starting, .preparing: true
                case .inMiddleOfResult, .silent, .halfOpen: false
                }
            }
        }

        private static let shared = Result { try Scene(hosts: 0, tcpHosts: 2) }
        private static let encrypted = Result {
            try Scene(clusters: [EncryptedCluster.make(), EncryptedCluster.make()])
        }

        private static let parameters = [
            "lookup_timeout": "10s", "query_timeout": "2s", "connect_timeout": "2s",
        ]

        @Test("A server that does not even hear that it is to give up holds no thread for long")
        func deafServer() throws {
            let scene = try Scene()
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables(), parameters: ["query_timeout": "1s", "lookup_timeout": "2s"])
            try mapmux.start()
            try waitForValue(mapmux)
            let process = try mapmux.processID()
            /// Whether one of its threads ends a connection.
            func isClosing() throws -> Bool {
                try run("grep", ["-qx", "close", "-r", "/proc/\(process)/task", "--include=comm"]).status == 0
            }
            try scene.cluster.freeze()
            #expect(try mapmux.client().lookup("numbers", "7").isTemporary)
            try waitUntil("a connection is being closed") { try isClosing() }
            try waitUntil("none is any more: \(mapmux.log())") { try !isClosing() }
            scene.cluster.thaw()
            try waitForValue(mapmux)
        }

        @Test("The other host answers everything, in time and without a failure", arguments: Phase.allCases)
        func hangs(_ phase: Phase) throws {
            let scene = try (phase == .encrypting ? Self.encrypted : Self.shared).get()
            let proxies = try scene.clusters.map { try FaultProxy(before: $0) }
            let hosts = proxies.map { proxy in
                guard phase == .encrypting, let port = proxy.port else { return proxy.host }
                return "postgresql://postgres@127.0.0.1:\(port)/\(Scene.database)?sslmode=require"
            }
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables(hosts: hosts.joined(separator: " ")), parameters: Self.parameters)
            try mapmux.start()
            try waitForValue(mapmux)
            // The first host to hang is one that is in use.
            let (hung, well) = proxies[0].open.isEmpty ? (proxies[1], proxies[0]) : (proxies[0], proxies[1])
            let load = LoadClients(path: mapmux.socketPath, clients: 16, choose: Scene.lookup)
            try load.waitForRight(1000)
            hung.set(phase.faults)
            if phase.isOfConnecting { hung.cut() }
            try load.waitForRight(3000)
            // Longer than any of the time limits.
            let over = ContinuousClock.now + .seconds(6)
            try waitUntil("the time limits are over") { ContinuousClock.now > over }
            try load.waitForRight(3000)
            #expect(well.open.count > 0)
            hung.lift()
            try load.waitForRight(1000)
            let counts = try load.stop()
            expectOnlyRight(counts, mapmux)
        }

        @Test(
            "So it does where nobody asks but one client, and the host that hangs is the preferred one",
            arguments: [Phase.connecting, .preparing, .inMiddleOfResult, .silent, .halfOpen])
        func hangsUnderOneClient(_ phase: Phase) throws {
            let scene = try Self.shared.get()
            let proxies = try scene.clusters.map { try FaultProxy(before: $0) }
            // URIs come last.
            let port = try #require(proxies[1].port)
            let last = "postgresql://postgres@127.0.0.1:\(port)/\(Scene.database)"
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables(hosts: "\(proxies[0].host) \(last)"), parameters: Self.parameters)
            try mapmux.start()
            try waitForValue(mapmux)
            #expect(proxies[1].open.isEmpty)
            let load = LoadClients(path: mapmux.socketPath, clients: 1, choose: Scene.lookup)
            try load.waitForRight(100)
            proxies[0].set(phase.faults)
            if phase.isOfConnecting { proxies[0].cut() }
            try load.waitForRight(200)
            // Longer than the host is avoided at first, and any of the time limits.
            let over = ContinuousClock.now + .seconds(6)
            try waitUntil("the time limits are over") { ContinuousClock.now > over }
            try load.waitForRight(200)
            proxies[0].lift()
            try load.waitForRight(100)
            expectOnlyRight(try load.stop(), mapmux)
        }
    }
}

/// A cluster that encrypts, with a certificate of its own making.
enum EncryptedCluster {
    static func make(settings: [String: String] = [:]) throws -> ThrowawayCluster {
        let directory = try certificate.get()
        return try ThrowawayCluster(
            tcp: true,
            settings: [
                "ssl": "on", "ssl_cert_file": "'\(directory.path)/cert.pem'",
                "ssl_key_file": "'\(directory.path)/key.pem'",
            ].merging(settings) { $1 })
    }

    /// The certificate, for 127.0.0.1, which is its own authority's.
    static var certificatePath: String {
        get throws { "\(try certificate.get().path)/cert.pem" }
    }

    private static let certificate = Result {
        let directory = try TemporaryDirectory()
        let made = try run(
            "openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "7",
                "-addext", "subjectAltName=IP:127.0.0.1",
                "-keyout", "\(directory.path)/key.pem", "-out", "\(directory.path)/cert.pem",
            ])
        guard made.status == 0 else { throw SupportError("openssl: \(made.stderr)") }
        try ServerUser.own(directory, files: ["key.pem", "cert.pem"])
        return directory
    }
}
