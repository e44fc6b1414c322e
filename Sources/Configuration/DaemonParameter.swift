// The parameters of mapmux.conf: name, default, what a value may be.

internal import Logging
internal import LookupTables
package import LookupValues

/// A parameter of mapmux.conf: the only place that knows its name, its default and its possible values.
package struct DaemonParameter: Sendable {
    package let name: String
    /// As written in the file; empty if the parameter has no value by default.
    package let defaultValue: String
    /// What a value must be, to complete "expected …".
    package let expectation: String
    /// Puts a value into the settings; false if it is not as expected on this system.
    package let set: @Sendable (String, inout DaemonSettings, ConfigurationSystem) -> Bool

    /// Every parameter except `maps`, which is read separately because it leads to more files.
    package static let all: [DaemonParameter] =
        [
            sockets("socketmap_listen", "unix:/run/mapmux/socketmap", \.socketmapListen),
            DaemonParameter(
                name: "proxymap_listen", defaultValue: "",
                expectation:
                    "any number of different unix:/absolute/path, 107 bytes each at most, or such in braces with a relay or a "
                    + "greeting of its own: { unix:/absolute/path, relay = unix:/absolute/path, greeting = no }"
            ) { text, settings, _ in
                guard let sockets = ProxymapSocket.list(text) else { return false }
                settings.proxymapListen = sockets
                return true
            },
            DaemonParameter(
                name: "proxymap_relay", defaultValue: "",
                expectation: "unix:/absolute/path, /absolute/path, or nothing"
            ) { text, settings, _ in
                let given = text.hasPrefix("/") ? "unix:\(text)" : text
                guard let paths = socketPaths(given), paths.count <= 1 else { return false }
                settings.proxymapRelay = paths.first
                return true
            },
            DaemonParameter(name: "proxymap_greeting", defaultValue: "yes", expectation: "yes or no") {
                text, settings, _ in
                guard let value = ParameterValue.boolean(text) else { return false }
                settings.proxymapGreeting = value
                return true
            },
            DaemonParameter(
                name: "socket_mode", defaultValue: "0660", expectation: "an octal mode from 0000 to 0777"
            ) { text, settings, _ in
                guard ParameterValue.count(text) != nil, let mode = UInt32(text, radix: 8), mode <= 0o777
                else { return false }
                settings.socketPermissions.mode = mode
                return true
            },
            DaemonParameter(name: "socket_group", defaultValue: "", expectation: "a group of this system") {
                text, settings, system in
                guard text.isEmpty || system.hasGroup(text) else { return false }
                settings.socketPermissions.group = text.isEmpty ? nil : text
                return true
            },
            DaemonParameter(
                name: "allowed_users", defaultValue: "",
                expectation: "names or numbers of this system's users"
            ) { text, settings, system in
                var users: Set<UInt32> = []
                for word in ParameterValue.words(text) {
                    guard let user = UInt32(word) ?? system.userNumber(word) else { return false }
                    users.insert(user)
                }
                settings.allowedUsers = users
                return true
            },
            DaemonParameter(name: "strict_permissions", defaultValue: "no", expectation: "yes or no") {
                text, settings, _ in
                guard let value = ParameterValue.boolean(text) else { return false }
                settings.strictPermissions = value
                return true
            },
            DaemonParameter(name: "fold_keys", defaultValue: "yes", expectation: "yes or no") {
                text, settings, _ in
                guard let value = ParameterValue.boolean(text) else { return false }
                settings.foldKeys = value
                return true
            },
            defaultEncoding,
            count("pool_size", 4, 1...1_000, \.poolSize),
            count("pipeline_depth", 256, 1...10_000, \.pipelineDepth),
            DaemonParameter(
                name: "batch_statements", defaultValue: "auto", expectation: "auto, always or no"
            ) { text, settings, _ in
                guard let value = BatchStatements(rawValue: text) else { return false }
                settings.batchStatements = value
                return true
            },
            DaemonParameter(name: "map_trust", defaultValue: "", expectation: "names of maps") {
                text, settings, _ in
                settings.mapTrust = ParameterValue.words(text)
                return true
            },
        ] + searches + cache + [
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
            ) { text, settings, _ in
                guard ["debug", "info", "warning", "error"].contains(text) else { return false }
                settings.logLevel = Logger.Level(rawValue: text)!
                return true
            },
            DaemonParameter(name: "log_format", defaultValue: "text", expectation: "text or json") {
                text, settings, _ in
                guard let format = LogFormat(rawValue: text) else { return false }
                settings.logFormat = format
                return true
            },
            DaemonParameter(
                name: "control_socket", defaultValue: "unix:/run/mapmux/control",
                expectation: "unix:/absolute/path, or nothing"
            ) { text, settings, _ in
                guard let paths = socketPaths(text), paths.count <= 1 else { return false }
                settings.controlSocket = paths.first
                return true
            },
            DaemonParameter(name: "http_listen", defaultValue: "", expectation: StatusAddress.expectation) {
                text, settings, _ in
                let address = StatusAddress(text)
                guard text.isEmpty || address != nil else { return false }
                settings.httpListen = address
                return true
            },
            DaemonParameter(
                name: "instance", defaultValue: "",
                expectation: "\(DaemonSettings.instanceLimit) letters, digits, -, _ and . of ASCII at most"
            ) { text, settings, _ in
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
    ) { text, settings, _ in
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
        ) { text, settings, _ in
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
        ) { text, settings, _ in
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
        ) { text, settings, _ in
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
