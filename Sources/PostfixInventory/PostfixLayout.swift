// A Postfix's version, directories and sockets, as far as mapmux must know them.

/// The paths of the sockets in a mapmux.conf; nil for a parameter that it does not have.
package struct ListenPlaces: Equatable, Sendable {
    var proxymap: [String]?
    var socketmap: [String]?
    /// Whether the usual place for socketmap in the queue directory is added to a configuration without the parameter.
    var addsSocketmap = false
}

struct PostfixLayout: Sendable {
    let version: String
    let configurationDirectory: String
    let queueDirectory: String
    let mailOwner: String
    /// The proxymap service that clients ask now, other than mapmux.
    let proxymapService: String

    /// The names of mapmux's sockets in main.cf and in the queue directory; nil if its configuration has no such socket.
    let ownService: String?
    let ownSocketmap: String?

    /// Their usual names.
    static let serviceName = "mapmux"
    static let socketmapName = "mapmux-socketmap"

    /// - Parameter places: where mapmux listens by its configuration; nil if there is none yet.
    init(_ postconf: PostconfOutput, places: ListenPlaces? = nil) {
        version = postconf["mail_version"] ?? ""
        configurationDirectory = postconf["config_directory"] ?? "/etc/postfix"
        queueDirectory = postconf["queue_directory"] ?? "/var/spool/postfix"
        mailOwner = postconf["mail_owner"] ?? "postfix"
        let service = postconf["proxymap_service_name"] ?? "proxymap"
        let directory = "\(queueDirectory)/private/"
        func names(_ paths: [String]) -> [String] {
            paths.filter { $0.hasPrefix(directory) }.map { String($0.dropFirst(directory.count)) }
                .filter { !$0.contains("/") }
        }
        let services = names(places?.proxymap ?? [directory + Self.serviceName])
        ownService = services.contains(service) ? service : services.first
        let usual = places?.addsSocketmap == false ? [] : [directory + Self.socketmapName]
        let socketmaps = names(places?.socketmap ?? usual)
        ownSocketmap = socketmaps.contains(Self.socketmapName) ? Self.socketmapName : socketmaps.first
        proxymapService = service == ownService || service == Self.serviceName ? "proxymap" : service
    }

    /// Whether the names of mapmux's sockets are those in the units of the package.
    var hasUsualNames: Bool {
        ownService ?? Self.serviceName == Self.serviceName
            && ownSocketmap ?? Self.socketmapName == Self.socketmapName
    }

    var privateDirectory: String { "\(queueDirectory)/private" }
    var proxymapSocket: String { "\(privateDirectory)/\(Self.serviceName)" }
    var socketmapSocket: String { "\(privateDirectory)/\(Self.socketmapName)" }
    var relaySocket: String { "\(privateDirectory)/\(proxymapService)" }

    /// The instance of mapmux@.service for this Postfix: `out` if its queue is in /var/spool/postfix-out; nil if the queue is
    /// elsewhere, as that of the only or first Postfix.
    var unitInstance: String? {
        let prefix = "/var/spool/postfix-"
        guard queueDirectory.hasPrefix(prefix) else { return nil }
        let name = queueDirectory.dropFirst(prefix.count)
        return name.isEmpty || name.contains("/") ? nil : String(name)
    }

    /// Postfix from 3.6 on waits for a greeting of proxymap(8); an earlier one would take it for a reply.
    var expectsGreeting: Bool { isAtLeast(3, 6) }

    /// The client encoding that Postfix sets if a table's file does not say: see `encoding` in pgsql_table(5), which Postfix
    /// has since 3.8.
    var clientEncoding: String { isAtLeast(3, 8) ? "UTF8" : "LATIN1" }

    /// True if the version can't be read.
    private func isAtLeast(_ wantedMajor: Int, _ wantedMinor: Int) -> Bool {
        let numbers = version.split { $0 == "." || $0 == "-" }.prefix(2).map { Int($0) ?? 0 }
        guard let major = numbers.first else { return true }
        return (major, numbers.count > 1 ? numbers[1] : 0) >= (wantedMajor, wantedMinor)
    }

    func problems(_ postconf: PostconfOutput) -> [String] {
        var problems: [String] = []
        let master = "\(configurationDirectory)/master.cf"
        for name in [ownService, ownSocketmap].compactMap({ $0 })
        where postconf.services.contains(where: { $0.name == name && $0.type == "unix" }) {
            problems.append(
                "\(master): found a service `\(name)`, whose socket would be mapmux's; expected no such service"
            )
        }
        if !postconf.services.contains(where: { $0.name == proxymapService && $0.type == "unix" }) {
            problems.append(
                "\(master): found no service `\(proxymapService)`; expected Postfix's own proxymap(8), which "
                    + "mapmux asks for all tables but its own")
        }
        for override in postconf.overrides where override.parameter == "proxymap_service_name" {
            guard let ownService, override.value != ownService else { continue }
            problems.append(
                "\(master): found proxymap_service_name = \(override.value) for \(override.service), which "
                    + "keeps this service away from mapmux; expected none")
        }
        // sun_path of unix(7) has 108 bytes, the last of them NUL.
        if socketmapSocket.utf8.count > 107 {
            problems.append(
                "found the queue directory \(queueDirectory), expected a path so short that that of a socket in "
                    + "it has 107 bytes at most")
        }
        return problems
    }
}
