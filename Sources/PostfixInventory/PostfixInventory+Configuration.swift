// A mapmux.conf for what the inventory has found.

extension PostfixInventory {
    /// - Parameter socketGroup: the group of the user that Postfix runs as.
    package func configuration(socketGroup: String) -> String {
        let maps = maps.map { "    # \(uses(of: $0))\n    \(MapNaming.entry($0))\n" }
        let parameters = self.maps.compactMap(Self.parametersEntry).map { "    \($0)\n" }
        let searches =
            parameters.isEmpty
            ? ""
            : """

            # What Postfix searches each for: so all keys of a search are asked for at once.
            map_parameters =
            \(parameters.joined())
            """
        let exceptions =
            ownDomains.unlisted.map {
                "# \($0) has more of them, which can't be listed: so socketmap suits no search for addresses.\n"
            }
            + differingFacts.map {
                "# \($0.service) has a \($0.parameter) of its own, by which nothing here goes.\n"
            }
        let facts = factLines.map { "\($0.name) = \($0.value)\n" }
        let encoding =
            layout.clientEncoding == "UTF8"
            ? "Postfix \(layout.version) talks UTF8 to PostgreSQL where a table's file doesn't say."
            : "Postfix \(layout.version), being older than 3.8, talks LATIN1 to PostgreSQL; its virtual(8) and local(8) do."
        let greeting =
            layout.expectsGreeting
            ? "Postfix \(layout.version) waits for a greeting."
            : "Postfix \(layout.version), being older than 3.6, expects no greeting."
        let control = layout.unitInstance.map {
            """

            # In the runtime directory of mapmux@\($0).service.
            control_socket = unix:/run/mapmux-\($0)/control

            """
        }
        return """
            # mapmux.conf, made by `mapmux init` for Postfix \(layout.version), configuration directory \
            \(layout.configurationDirectory).
            # What is not set here has its default.

            # The tables, each below what Postfix uses it for.
            maps =
            \(maps.joined())\(searches)
            # Facts of main.cf on which searches depend; mapmux check compares them. The local domains are those of
            # myorigin, mydestination and this machine's addresses.
            \(exceptions.joined())\(facts.joined())
            # Proxymap clients ask for one key of a search after the other: those that follow are read ahead.
            read_ahead = \(Self.readAhead)

            # In Postfix's queue directory, where its processes in a chroot find them, too. The units of the package have
            # the same.
            proxymap_listen = unix:\(layout.proxymapSocket)
            socketmap_listen = unix:\(layout.socketmapSocket)

            # Tables that are not listed above go to Postfix's own proxymap(8).
            proxymap_relay = unix:\(layout.relaySocket)

            # \(greeting)
            proxymap_greeting = \(layout.expectsGreeting ? "yes" : "no")

            # \(encoding)
            default_encoding = \(layout.clientEncoding)

            # Postfix's processes belong to it.
            socket_group = \(socketGroup)
            \(control ?? "")
            """
    }

    static let readAhead = "50ms"

    /// What Postfix uses the map's tables for.
    func uses(of map: ListedMap) -> String {
        var uses: [TableUse] = []
        for table in served where map.tables.contains(table.name) {
            for use in table.uses where !uses.contains(use) { uses.append(use) }
        }
        return uses.map(\.description).joined(separator: ", ")
    }

    /// How map_parameters lists a map; nil if it does not.
    static func parametersEntry(_ map: ListedMap) -> String? {
        map.parameters.isEmpty ? nil : "\(map.name)=\(map.parameters.joined(separator: ","))"
    }
}
