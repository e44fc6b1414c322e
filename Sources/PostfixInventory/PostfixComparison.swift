// How a running Postfix and a mapmux.conf fit together: what Postfix asks for and mapmux does not have.

package struct PostfixComparison {
    /// The parts of a mapmux.conf that matter here.
    package struct Served: Sendable {
        let maps: [ListedMap]
        /// Parameters of main.cf on which searches depend, as mapmux.conf has them; those that it does not have are missing.
        let facts: [String: String]
        /// Each with the socket to which it passes on requests for tables that are not in `maps`.
        let proxymapListen: [(path: String, relay: String?)]
        let socketmapListen: [String]
        /// The same for a proxymap socket that a service manager has handed over.
        let relay: String?

        package init(
            maps: [ListedMap], facts: [String: String], proxymapListen: [(path: String, relay: String?)],
            socketmapListen: [String], relay: String?
        ) {
            self.maps = maps
            self.facts = facts
            self.proxymapListen = proxymapListen
            self.socketmapListen = socketmapListen
            self.relay = relay
        }
    }

    let inventory: PostfixInventory
    let served: Served
    private let isSocket: (String) -> Bool?
    private var layout: PostfixLayout { inventory.layout }

    /// - Parameter isSocket: whether there is a socket at a path now: a service manager may hand over more sockets than the
    ///   configuration has. Nil if that can't be seen: then there may be one.
    package init(_ inventory: PostfixInventory, _ served: Served, isSocket: @escaping (String) -> Bool?) {
        self.inventory = inventory
        self.served = served
        self.isSocket = isSocket
    }

    package var mismatches: [Mismatch] {
        listeners + relays + tables + socketmaps + unusedMaps + searches
    }

    /// The sockets at which Postfix asks mapmux, as paths in the whole file system.
    package var askedSockets: [String] {
        var paths = asksProxymap ? [proxymapPath] : []
        for path in inventory.socketmaps.compactMap({ path(of: $0.socket) })
        where isOwn(socketmap: path) && !paths.contains(path) {
            paths.append(path)
        }
        return paths
    }

    private var serviceName: String { inventory.postconf["proxymap_service_name"] ?? "proxymap" }
    private var proxymapPath: String { "\(layout.privateDirectory)/\(serviceName)" }
    private var asksProxymap: Bool {
        served.proxymapListen.contains { $0.path == proxymapPath }
            || !isPostfixsOwn && isSocket(proxymapPath) != false
    }
    /// The socket to which the one that this Postfix asks passes on requests for tables that are not in `maps`.
    private var relay: String? {
        if let own = served.proxymapListen.first(where: { $0.path == proxymapPath }) { return own.relay }
        return served.relay
    }
    private var isPostfixsOwn: Bool {
        inventory.postconf.services.contains { $0.name == serviceName && $0.type == "unix" }
    }

    /// Whether mapmux listens there for socketmap clients.
    func isOwn(socketmap path: String) -> Bool {
        served.socketmapListen.contains(path) || path.contains("mapmux") && isSocket(path) != false
    }

    private var listeners: [Mismatch] {
        if asksProxymap || isPostfixsOwn { return [] }
        return [
            Mismatch(
                code: .noListener, severity: .error,
                message: """
                    found proxymap_service_name = \(serviceName), where nothing listens; expected unix:\(proxymapPath) in \
                    proxymap_listen
                    """)
        ]
    }

    private var relays: [Mismatch] {
        guard asksProxymap, let relay, isSocket(relay) == false else { return [] }
        return [
            Mismatch(
                code: .noRelay, severity: .error,
                message: """
                    found no socket at \(relay), where tables that are not in maps are passed on; expected the one of \
                    Postfix's own proxymap(8), as \(layout.relaySocket)
                    """)
        ]
    }

    private var tables: [Mismatch] {
        guard asksProxymap else { return [] }
        let paths = Set(served.maps.flatMap(\.tables))
        return (inventory.served + inventory.unservable).filter { $0.isProxied && !paths.contains($0.name) }
            .map { table in
                let uses = table.uses.map(\.description).joined(separator: ", ")
                return Mismatch(
                    code: .notServed, severity: relay == nil ? .error : .warning,
                    message: """
                        found proxy:pgsql:\(table.name) (\(uses)), which \
                        \(relay != nil ? "Postfix's own proxymap(8) answers" : "nobody answers"); expected it in maps
                        """)
            }
    }

    private var socketmaps: [Mismatch] {
        var mismatches: [Mismatch] = []
        for (socket, map) in inventory.socketmaps {
            guard let path = path(of: socket) else { continue }
            guard isOwn(socketmap: path) else {
                // Otherwise it is another program's.
                if socket.contains("mapmux") {
                    mismatches.append(
                        Mismatch(
                            code: .noListener, severity: .error,
                            message: """
                                found socketmap:\(socket):\(map), where mapmux does not listen; expected unix:\(path) in \
                                socketmap_listen
                                """))
                }
                continue
            }
            if !served.maps.contains(where: { $0.name == map }) {
                mismatches.append(
                    Mismatch(
                        code: .notServed, severity: .error,
                        message: "found socketmap:\(socket):\(map), expected a map of that name in maps"))
            }
            let chrooted = inventory.postconf.services.filter(\.isChrooted).map { "\($0.name)/\($0.type)" }
            if socket.hasPrefix("unix:/"), !chrooted.isEmpty {
                mismatches.append(
                    Mismatch(
                        code: .unreachableSocket, severity: .warning,
                        message: """
                            found socketmap:\(socket):\(map), which services in a chroot can't reach \
                            (\(chrooted.joined(separator: ", "))); expected a socket below \(layout.queueDirectory), named \
                            from there, as unix:private/\(PostfixLayout.socketmapName)
                            """))
            }
        }
        return mismatches
    }

    private var unusedMaps: [Mismatch] {
        if askedSockets.isEmpty {
            return [
                Mismatch(
                    code: .unusedMap, severity: .note,
                    message:
                        "found that Postfix does not ask mapmux for any map; mapmux init says how it would")
            ]
        }
        let proxied = asksProxymap ? Set(inventory.served.filter(\.isProxied).map(\.name)) : []
        let named = Set(inventory.socketmaps.map(\.map))
        return served.maps.filter { proxied.isDisjoint(with: $0.tables) && !named.contains($0.name) }.map {
            map in
            Mismatch(
                code: .unusedMap, severity: .note,
                message: "found the map \(map.name), for which neither main.cf nor master.cf asks mapmux")
        }
    }

    /// The file of a socketmap's socket; nil for one by TCP.
    func path(of socket: String) -> String? {
        guard socket.hasPrefix("unix:") else { return nil }
        let path = String(socket.dropFirst("unix:".count))
        return path.hasPrefix("/") ? path : "\(layout.queueDirectory)/\(path)"
    }
}
