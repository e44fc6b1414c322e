// The values of mapmux.conf's parameters, other than its maps.

package import EventLoop
package import Logging
internal import LookupTables

/// What the parameters say, with their defaults. Times are seconds.
package struct DaemonSettings: Equatable, Sendable {
    package var socketmapListen = ["/run/mapmux/socketmap"]
    package var proxymapListen: [ProxymapSocket] = []
    package var proxymapRelay: String?
    package var proxymapGreeting = true
    package var socketPermissions = SocketPermissions(mode: 0o660, group: nil)
    /// Users that may connect, besides root and the daemon's own; empty: anyone whom the sockets let in.
    package var allowedUsers: Set<UInt32> = []
    package var strictPermissions = false
    package var foldKeys = true
    /// The encoding in which tables are asked whose files don't name one.
    package var defaultEncoding = "UTF8"
    package var poolSize = 4
    package var pipelineDepth = 256
    package var batchStatements = BatchStatements.auto
    /// Names of maps whose queries are taken for pure.
    package var mapTrust: [String] = []
    package var workers = 1
    package var lookupTimeout = 10
    package var queryTimeout = 5
    package var connectTimeout = 5
    package var maxReplicaLag = 0
    package var connectionLifetime = 3_600
    package var maxClients = 20_000
    package var maxWaiting = 50_000
    package var clientIdleTimeout = 0
    package var drainTimeout = 10
    package var logLevel = Logger.Level.info
    package var logFormat = LogFormat.text
    /// Where commands are taken; nil: nowhere.
    package var controlSocket: String? = "/run/mapmux/control"
    /// Where the status is served over HTTP; nil: nowhere.
    package var httpListen: StatusAddress?
    /// What tells this daemon from others; empty where it has no name.
    package var instance = ""

    package init() {}

    /// Where clients connect, and what they speak there.
    package var endpoints: [Endpoint] {
        socketmapListen.map { Endpoint(path: $0, service: .socketmap, terms: ProxymapTerms()) }
            + proxymapListen.map {
                Endpoint(path: $0.path, service: .proxymap, terms: $0.terms(proxymapTerms))
            }
    }

    /// What holds for the clients of a proxymap socket that says nothing else.
    var proxymapTerms: ProxymapTerms { ProxymapTerms(relay: proxymapRelay, greets: proxymapGreeting) }

    /// What PostgreSQL is told to call the connections, for its pg_stat_activity and its log.
    var applicationName: String { instance.isEmpty ? Self.program : "\(Self.program)/\(instance)" }

    private static let program = "mapmux"

    /// In bytes: PostgreSQL cuts an application_name to NAMEDATALEN - 1 of them, 63.
    fileprivate static let instanceLimit = 63 - "\(program)/".utf8.count
}

/// Whether queries of a table that go out together are one statement.
package enum BatchStatements: String, CaseIterable, Sendable {
    /// Where there are enough for it to be quicker.
    case auto
    /// Even where there is one only, to see whether that makes a difference.
    case always
    case no

    /// As PoolLimits has it.
    package var smallestBatch: Int? {
        switch self {
        // A statement for many costs more than a single one: fewer keys do not make up for that.
        case .auto: 8
        case .always: 1
        case .no: nil
        }
    }
}

/// A protocol that clients speak.
package enum Service: String, Sendable {
    case socketmap
    case proxymap
}

package struct Endpoint: Equatable, Sendable {
    package let path: String
    package let service: Service
    package let terms: ProxymapTerms
}

extension Endpoint {
    /// What clients speak at a socket that was handed over and that no parameter names; nil where its name does not say so.
    ///
    /// - Parameters:
    ///   - name: FileDescriptorName= of systemd.socket(5).
    ///   - general: what holds for proxymap sockets.
    init?(path: String, descriptorName name: String, _ general: ProxymapTerms) {
        if name == Self.nameWithoutGreeting {
            self.init(
                path: path, service: .proxymap, terms: ProxymapTerms(relay: general.relay, greets: false))
        } else {
            guard let service = Service(rawValue: name) else { return nil }
            self.init(path: path, service: service, terms: general)
        }
    }

    private static let nameWithoutGreeting = "proxymap-no-greeting"
}

/// A parameter of mapmux.conf: the one place that knows its name, its default and what it may be.
package struct DaemonParameter: Sendable {
    package let name: String
    /// As one would write it; empty where the parameter has no value by default.
    package let defaultValue: String
    /// What a value must be, to complete "expected …".
    package let expectation: String
    /// Puts a value into the settings; false where it is not as expected.
    package let set: @Sendable (String, inout DaemonSettings) -> Bool

    /// Every parameter but `maps`, which is read on its own since it leads to more files.
    package static let all: [DaemonParameter] = [
        sockets("socketmap_listen", "unix:/run/mapmux/socketmap", \.socketmapListen),
        DaemonParameter(
            name: "proxymap_listen", defaultValue: "",
            expectation:
                "any number of different unix:/absolute/path, 107 bytes each at most, or such in braces with a relay or a "
                + "greeting of its own: { unix:/absolute/path, relay = unix:/absolute/path, greeting = no }"
        ) { text, settings in
            guard let sockets = ProxymapSocket.list(text) else { return false }
            settings.proxymapListen = sockets
            return true
        },
        DaemonParameter(
            name: "proxymap_relay", defaultValue: "",
            expectation: "unix:/absolute/path, /absolute/path, or nothing"
        ) { text, settings in
            let given = text.hasPrefix("/") ? "unix:\(text)" : text
            guard let paths = socketPaths(given), paths.count <= 1 else { return false }
            settings.proxymapRelay = paths.first
            return true
        },
        DaemonParameter(name: "proxymap_greeting", defaultValue: "yes", expectation: "yes or no") {
            text, settings in
            guard let value = ParameterValue.boolean(text) else { return false }
            settings.proxymapGreeting = value
            return true
        },
        DaemonParameter(
            name: "socket_mode", defaultValue: "0660", expectation: "an octal mode from 0000 to 0777"
        ) { text, settings in
            guard ParameterValue.count(text) != nil, let mode = UInt32(text, radix: 8), mode <= 0o777
            else { return false }
            settings.socketPermissions.mode = mode
            return true
        },
        DaemonParameter(name: "socket_group", defaultValue: "", expectation: "a group of this system") {
            text, settings in
            guard text.isEmpty || groupExists(text) else { return false }
            settings.socketPermissions.group = text.isEmpty ? nil : text
            return true
        },
        DaemonParameter(
            name: "allowed_users", defaultValue: "", expectation: "names or numbers of this system's users"
        ) { text, settings in
            var users: Set<UInt32> = []
            for word in ParameterValue.words(text) {
                guard let user = UInt32(word) ?? Account(named: word)?.user else { return false }
                users.insert(user)
            }
            settings.allowedUsers = users
            return true
        },
        DaemonParameter(name: "strict_permissions", defaultValue: "no", expectation: "yes or no") {
            text, settings in
            guard let value = ParameterValue.boolean(text) else { return false }
            settings.strictPermissions = value
            return true
        },
        DaemonParameter(name: "fold_keys", defaultValue: "yes", expectation: "yes or no") { text, settings in
            guard let value = ParameterValue.boolean(text) else { return false }
            settings.foldKeys = value
            return true
        },
        defaultEncoding,
        count("pool_size", 4, 1...1_000, \.poolSize),
        count("pipeline_depth", 256, 1...10_000, \.pipelineDepth),
        DaemonParameter(
            name: "batch_statements", defaultValue: "auto", expectation: "auto, always or no"
        ) { text, settings in
            guard let value = BatchStatements(rawValue: text) else { return false }
            settings.batchStatements = value
            return true
        },
        DaemonParameter(name: "map_trust", defaultValue: "", expectation: "names of maps") { text, settings in
            settings.mapTrust = ParameterValue.words(text)
            return true
        },
        count("workers", 1, 1...256, \.workers),
        time("lookup_timeout", "10s", 1...3_600, \.lookupTimeout),
        time("query_timeout", "5s", 1...3_600, \.queryTimeout),
        time("connect_timeout", "5s", 1...3_600, \.connectTimeout),
        time("connection_lifetime", "1h", 0...604_800, \.connectionLifetime),
        time("max_replica_lag", "0", 0...86_400, \.maxReplicaLag),
        count("max_clients", 20_000, 1...1_000_000, \.maxClients),
        count("max_waiting", 50_000, 1...10_000_000, \.maxWaiting),
        time("client_idle_timeout", "0", 0...604_800, \.clientIdleTimeout),
        time("drain_timeout", "10s", 0...3_600, \.drainTimeout),
        DaemonParameter(
            name: "log_level", defaultValue: "info", expectation: "debug, info, warning or error"
        ) { text, settings in
            guard ["debug", "info", "warning", "error"].contains(text) else { return false }
            settings.logLevel = Logger.Level(rawValue: text)!
            return true
        },
        DaemonParameter(name: "log_format", defaultValue: "text", expectation: "text or json") {
            text, settings in
            guard let format = LogFormat(rawValue: text) else { return false }
            settings.logFormat = format
            return true
        },
        DaemonParameter(
            name: "control_socket", defaultValue: "unix:/run/mapmux/control",
            expectation: "unix:/absolute/path, or nothing"
        ) { text, settings in
            guard let paths = socketPaths(text), paths.count <= 1 else { return false }
            settings.controlSocket = paths.first
            return true
        },
        DaemonParameter(name: "http_listen", defaultValue: "", expectation: StatusAddress.expectation) {
            text, settings in
            let address = StatusAddress(text)
            guard text.isEmpty || address != nil else { return false }
            settings.httpListen = address
            return true
        },
        DaemonParameter(
            name: "instance", defaultValue: "",
            expectation: "\(DaemonSettings.instanceLimit) letters, digits, -, _ and . of ASCII at most"
        ) { text, settings in
            guard ParameterValue.isPlainName(text), text.utf8.count <= DaemonSettings.instanceLimit
            else { return false }
            settings.instance = text
            return true
        },
    ]

    /// It is needed before the tables are read.
    static let defaultEncoding = DaemonParameter(
        name: "default_encoding", defaultValue: "UTF8",
        expectation: "an encoding that PostgreSQL has for clients, such as UTF8 or LATIN1"
    ) { text, settings in
        guard ClientEncoding.isKnown(text) else { return false }
        settings.defaultEncoding = text
        return true
    }

    private static func sockets(
        _ name: String, _ defaultValue: String,
        _ place: any WritableKeyPath<DaemonSettings, [String]> & Sendable
    ) -> DaemonParameter {
        DaemonParameter(
            name: name, defaultValue: defaultValue,
            expectation: "any number of different unix:/absolute/path, 107 bytes each at most"
        ) { text, settings in
            guard let paths = socketPaths(text) else { return false }
            settings[keyPath: place] = paths
            return true
        }
    }

    private static func count(
        _ name: String, _ defaultValue: Int, _ range: ClosedRange<Int>,
        _ place: any WritableKeyPath<DaemonSettings, Int> & Sendable
    ) -> DaemonParameter {
        DaemonParameter(
            name: name, defaultValue: String(defaultValue),
            expectation: "a whole number from \(range.lowerBound) to \(range.upperBound)"
        ) { text, settings in
            guard let value = ParameterValue.count(text), range.contains(value) else { return false }
            settings[keyPath: place] = value
            return true
        }
    }

    private static func time(
        _ name: String, _ defaultValue: String, _ range: ClosedRange<Int>,
        _ place: any WritableKeyPath<DaemonSettings, Int> & Sendable
    ) -> DaemonParameter {
        DaemonParameter(
            name: name, defaultValue: defaultValue,
            expectation: "a time such as 10s or 5m, from \(range.lowerBound) to \(range.upperBound) seconds"
        ) { text, settings in
            guard let value = ParameterValue.seconds(text), range.contains(value) else { return false }
            settings[keyPath: place] = value
            return true
        }
    }

    private static func socketPaths(_ text: String) -> [String]? {
        var paths: [String] = []
        for word in ParameterValue.words(text) {
            let path = String(word.dropFirst("unix:".count))
            guard word.hasPrefix("unix:/"), !paths.contains(path), path.utf8.count <= 107 else { return nil }
            paths.append(path)
        }
        return paths
    }
}
