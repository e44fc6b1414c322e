// A Postfix configuration as postconf(1) would print it.

import PostfixInventory

/// The lines of main.cf and master.cf that a test is about. Nothing is expanded but what `expanded` says.
struct Postfix {
    var parameters: [String] = []
    /// `postconf -x` where it differs from `parameters`: lines with other names are added, others replaced.
    var expanded: [String] = []
    /// Parameters that are the user's own.
    var user: [String] = []
    var overrides: [String] = []
    var expandedOverrides: [String] = []
    var version = "3.7.11"
    var services = [
        "smtp       inet  n       -       y       -       -       smtpd",
        "proxymap   unix  -       -       n       -       -       proxymap",
        "virtual    unix  -       n       n       -       -       virtual",
        "local      unix  -       n       n       -       -       local",
        "lmtp       unix  -       -       y       -       -       lmtp",
    ]

    /// What files hold.
    var files: [String: String] = [:]
    /// The maps of a configuration that is there already.
    var maps: [ListedMap] = []
    /// The addresses of this machine's interfaces.
    var interfaces: [String] = []
    /// Where that has mapmux listen.
    var places: ListenPlaces?

    func inventory() -> PostfixInventory {
        let defaults = [
            "config_directory = /etc/postfix", "local_transport = local:$myhostname",
            "mail_owner = postfix", "mail_version = \(version)", "proxymap_service_name = proxymap",
            "queue_directory = /var/spool/postfix", "virtual_transport = virtual",
        ]
        var effective: [String] = []
        for line in defaults + parameters + expanded {
            effective.removeAll { Self.name($0) == Self.name(line) }
            effective.append(line)
        }
        var effectiveOverrides = overrides
        for line in expandedOverrides {
            effectiveOverrides.removeAll { Self.name($0) == Self.name(line) }
            effectiveOverrides.append(line)
        }
        func text(_ lines: [String]) -> String { lines.map { "\($0)\n" }.joined() }
        return PostfixInventory(
            PostconfOutput(
                x: text(effective), n: text(parameters),
                userNames: text(parameters.filter { user.contains(Self.name($0)) }),
                Px: text(effectiveOverrides), P: text(overrides), M: text(services),
                readFile: { [files] in files[$0] },
                hosts: HostAddresses(interfaces: interfaces, resolve: HostAddresses.unknown.resolve)),
            maps: maps, places: places)
    }

    /// Of both ways.
    func steps(configurationDirectory: String? = nil) -> [StepLine] {
        inventory().steps(.proxymap, configurationDirectory: configurationDirectory)
            + inventory().steps(.socketmap, configurationDirectory: configurationDirectory)
    }

    func commands(configurationDirectory: String? = nil) -> [String] {
        steps(configurationDirectory: configurationDirectory).compactMap {
            if case .command(let text) = $0 { text } else { nil }
        }
    }

    func optionalCommands() -> [String] {
        steps().compactMap { if case .optionalCommand(let text) = $0 { text } else { nil } }
    }

    func text() -> String {
        steps().map(\.forShell).joined(separator: "\n")
    }

    private static func name(_ line: String) -> String {
        String(line.prefix { $0 != " " })
    }
}
