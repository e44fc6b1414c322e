// Each parameter of mapmux.conf: its default, what it may be, and what is said where it is not.

import DaemonTestSupport
import EventLoop
import Logging
import LookupValues
import Testing

@testable import Configuration

private func parameter(_ name: String) throws -> DaemonParameter {
    try #require(DaemonParameter.all.first { $0.name == name })
}

/// The settings after a value was put into them; nil where it is refused.
private func settings(_ name: String, _ value: String) throws -> DaemonSettings? {
    var settings = DaemonSettings()
    return try parameter(name).set(value, &settings, .local) ? settings : nil
}

@Test("Every parameter's default is the setting's initial value")
func everyParametersDefaultIsTheSettingsInitialValue() {
    for parameter in DaemonParameter.all {
        var settings = DaemonSettings()
        #expect(parameter.set(parameter.defaultValue, &settings, .local), "\(parameter.name)")
        #expect(settings == DaemonSettings(), "\(parameter.name)")
    }
}

@Test("The parameters and defaults are those of the contract")
func theParametersAndDefaultsAreThoseOfTheContract() {
    let contract = [
        "socketmap_listen": "unix:/run/mapmux/socketmap", "proxymap_listen": "", "proxymap_relay": "",
        "proxymap_greeting": "yes", "socket_mode": "0660", "socket_group": "",
        "allowed_users": "", "strict_permissions": "no", "fold_keys": "yes",
        "default_encoding": "UTF8", "pool_size": "4",
        "pipeline_depth": "256", "batch_statements": "auto", "map_trust": "", "workers": "1",
        "map_parameters": "", "read_ahead": "0", "recipient_delimiter": "",
        "parent_domain_matches_subdomains":
            "debug_peer_list, fast_flush_domains, mynetworks, permit_mx_backup_networks, qmqpd_authorized_clients, "
            + "relay_domains, smtpd_access_maps",
        "propagate_unmatched_extensions": "canonical, virtual", "owner_request_special": "yes",
        "double_bounce_sender": "double-bounce", "local_domains": "",
        "cache": "", "cache_size": "64M", "cache_max_staleness": "2s", "stale_while_down": "",
        "confirm_not_found": "no", "virtual_alias_domains": "$virtual_alias_maps",
        "lookup_timeout": "10s",
        "query_timeout": "5s", "max_replica_lag": "0", "connection_lifetime": "1h", "connect_timeout": "5s",
        "max_clients": "20000",
        "max_waiting": "50000", "client_idle_timeout": "0",
        "drain_timeout": "10s", "log_level": "info", "log_format": "text",
        "control_socket": "unix:/run/mapmux/control", "http_listen": "", "instance": "",
    ]
    let pairs = DaemonParameter.all.map { ($0.name, $0.defaultValue) }
    #expect(Dictionary(pairs) { first, _ in first } == contract)
    #expect(pairs.count == contract.count)
}

@Test("Every parameter sets its own value")
func everyParameterSetsItsOwnValue() throws {
    let reading = try ConfigurationReading.parameters(
        """
        socketmap_listen = unix:/a unix:/b
        socket_mode = 0600
        socket_group = postfix
        fold_keys = no
        default_encoding = LATIN1
        pool_size = 7
        pipeline_depth = 8
        workers = 2
        lookup_timeout = 3
        connect_timeout = 2m
        max_clients = 9
        max_waiting = 10
        client_idle_timeout = 1h
        drain_timeout = 0
        log_level = debug
        instance = mx1
        """)
    #expect(reading.errors == [])
    #expect(reading.warnings == [])
    var expected = DaemonSettings()
    expected.socketmapListen = ["/a", "/b"]
    expected.socketPermissions = SocketPermissions(mode: 0o600, group: "postfix")
    expected.foldKeys = false
    expected.defaultEncoding = "LATIN1"
    expected.poolSize = 7
    expected.pipelineDepth = 8
    expected.workers = 2
    expected.lookupTimeout = 3
    expected.connectTimeout = 120
    expected.maxClients = 9
    expected.maxWaiting = 10
    expected.clientIdleTimeout = 3_600
    expected.drainTimeout = 0
    expected.logLevel = .debug
    expected.instance = "mx1"
    #expect(reading.configuration.settings == expected)
}

// MARK: Good values

@Test(
    "Sockets are listed like maps",
    arguments: [
        ("", []), ("unix:/run/s", ["/run/s"]), ("unix:/a,unix:/b", ["/a", "/b"]),
        (" unix:/a , unix:/b ", ["/a", "/b"]), ("unix:/with=equals", ["/with=equals"]),
    ])
func socketsAreListedLikeMaps(value: String, paths: [String]) throws {
    #expect(try settings("socketmap_listen", value)?.socketmapListen == paths)
}

@Test(
    "Modes are octal",
    arguments: [("0660", 0o660), ("660", 0o660), ("0", 0), ("0777", 0o777), ("00600", 0o600)]
        as [(String, UInt32)])
func modesAreOctal(value: String, mode: UInt32) throws {
    #expect(try settings("socket_mode", value)?.socketPermissions.mode == mode)
}

@Test("Booleans are yes and no", arguments: [("yes", true), ("no", false), ("YES", true), ("No", false)])
func booleansAreYesAndNo(value: String, expected: Bool) throws {
    #expect(try settings("fold_keys", value)?.foldKeys == expected)
}

@Test(
    "Numbers have bounds",
    arguments: [
        ("pool_size", \DaemonSettings.poolSize, 1...1_000),
        ("pipeline_depth", \.pipelineDepth, 1...10_000),
        ("workers", \.workers, 1...256),
        ("lookup_timeout", \.lookupTimeout, 1...3_600),
        ("connect_timeout", \.connectTimeout, 1...3_600),
        ("max_clients", \.maxClients, 1...1_000_000),
        ("max_waiting", \.maxWaiting, 1...10_000_000),
        ("client_idle_timeout", \.clientIdleTimeout, 0...604_800),
        ("drain_timeout", \.drainTimeout, 0...3_600),
    ] as [(String, any WritableKeyPath<DaemonSettings, Int> & Sendable, ClosedRange<Int>)])
func numbersHaveBounds(
    name: String, value: any WritableKeyPath<DaemonSettings, Int> & Sendable, range: ClosedRange<Int>
) throws {
    for good in [range.lowerBound, range.lowerBound + 1, range.upperBound] {
        #expect(try settings(name, "\(good)")?[keyPath: value] == good)
    }
    for bad in [
        "\(range.lowerBound - 1)", "\(range.upperBound + 1)", "99999999999999999999", "", "x", "1.5", "+1",
        "1 2",
    ] {
        #expect(try settings(name, bad) == nil, "\(bad)")
    }
    let bounds = "from \(range.lowerBound) to \(range.upperBound)"
    #expect(try parameter(name).expectation.contains(bounds))
}

@Test(
    "Times have units",
    arguments: [("90", 90), ("90s", 90), ("5m", 300), ("1h", 3_600), ("2d", 172_800), ("1w", 604_800)])
func timesHaveUnits(value: String, seconds: Int) throws {
    #expect(try settings("client_idle_timeout", value)?.clientIdleTimeout == seconds)
}

@Test(
    "Log levels are four",
    arguments: [("debug", Logger.Level.debug), ("info", .info), ("warning", .warning), ("error", .error)])
func logLevelsAreFour(value: String, level: Logger.Level) throws {
    #expect(try settings("log_level", value)?.logLevel == level)
}

@Test(
    "The status is served on loopback addresses and Unix sockets",
    arguments: [
        ("inet:127.0.0.1:9473", StatusAddress.internet(address: "127.0.0.1", port: 9473)),
        ("inet:127.1.2.3:1", .internet(address: "127.1.2.3", port: 1)),
        ("inet:localhost:65535", .internet(address: "127.0.0.1", port: 65_535)),
        ("inet:[::1]:9473", .internet(address: "::1", port: 9473)), ("unix:/run/h", .unix(path: "/run/h")),
    ])
func theStatusIsServedOnLoopbackAddressesAndUnixSockets(value: String, address: StatusAddress) throws {
    #expect(try settings("http_listen", value)?.httpListen == address)
    #expect(StatusAddress("\(address)") == address)
}

private let longestInstance = String(repeating: "n", count: 56)

@Test(
    "The instance is in the application name, which PostgreSQL does not cut",
    arguments: [
        ("", "mapmux"), ("mx1", "mapmux/mx1"), ("MX-1_b.example.com", "mapmux/MX-1_b.example.com"),
        (longestInstance, "mapmux/" + longestInstance),
    ])
func theInstanceIsInTheApplicationNameWhichPostgreSQLDoesNotCut(value: String, name: String) throws {
    let settings = try #require(try settings("instance", value))
    #expect(settings.instance == value && settings.applicationName == name)
    #expect(name.utf8.count <= 63)
}

// MARK: Bad values

@Test(
    "A bad value is reported with what was found and expected",
    arguments: [
        (
            "socketmap_listen",
            ["/run/s", "unix:run/s", "unix:", "inet:localhost:10023", "unix:/a b", "unix:/a;unix:/b x"]
        ),
        ("socket_mode", ["", "rw", "0668", "1000", "07777", "-1", "-0", "+600", "0o600", "0x1b0", "6 6"]),
        ("fold_keys", ["", "true", "1", "on", "yes no"]),
        ("pool_size", ["0", "-4", "4s", "four", "4,5", "0x4", "١"]),
        ("lookup_timeout", ["0", "10ms", "10 s", "s", "-1s", "1m30s", "2h"]),
        ("drain_timeout", ["never", "9999999999s", "1d"]),
        (
            "http_listen",
            [
                "inet:9473", "inet::9473", "inet:0.0.0.0:9473", "inet:[::]:9473", "inet:192.0.2.1:9473",
                "127.0.0.1:9473",
                "inet:127.0.0.1", "inet:127.0.0.1:", "inet:127.0.0.1:0", "inet:127.0.0.1:65536",
                "inet:127.0.0.01:80",
                "inet:127.0.0.1:+80", "inet:127.0.1:80", "inet:127.0.0.1.example.com:80", "inet:[::1:80",
                "unix:run/h",
                "unix:/a unix:/b", "http://127.0.0.1:9473",
            ]
        ),
        ("instance", ["mx 1", "mx/1", "mx'1", "mx1,", "b\u{fc}ro", "\u{661}", longestInstance + "n"]),
        ("log_level", ["", "trace", "notice", "critical", "INFO", "info debug"]),
    ])
func aBadValueIsReportedWithWhatWasFoundAndExpected(name: String, values: [String]) throws {
    let expectation = try parameter(name).expectation
    for value in values {
        let reading = try ConfigurationReading.parameters("\n# A comment.\n\(name) = \(value)")
        #expect(
            reading.errors == [
                "DIR/mapmux.conf:4: found `\(name) = \(value)`, expected \(expectation)"
            ])
        #expect(!reading.isUsable)
        #expect(reading.configuration.settings == DaemonSettings())
    }
}

@Test("Expectations complete a sentence")
func expectationsCompleteASentence() throws {
    let reading = try ConfigurationReading.parameters("pool_size = 0\nlookup_timeout = 1d\nsocket_mode = 999")
    #expect(
        reading.errors == [
            "DIR/mapmux.conf:2: found `pool_size = 0`, expected a whole number from 1 to 1000",
            "DIR/mapmux.conf:3: found `lookup_timeout = 1d`, expected a time such as 10s or 5m, from 1 to 3600 seconds",
            "DIR/mapmux.conf:4: found `socket_mode = 999`, expected an octal mode from 0000 to 0777",
        ])
}

@Test("What is shown of a configuration is one, whatever it has within braces")
func shownValuesAreConfiguration() throws {
    let value = "{ unix:/a, relay =,\n\tgreeting = no }  {unix:/b, relay = unix:/c}"
    let (lines, unknown) = DaemonConfiguration.lines(
        ["proxymap_listen": value], names: ["proxymap_listen"], isWhole: false)
    #expect(unknown.isEmpty)
    #expect(lines == ["proxymap_listen = { unix:/a, relay =, greeting = no } {unix:/b, relay = unix:/c}"])
    let reading = try ConfigurationReading.parameters(lines[0])
    #expect(reading.errors == [])
}
