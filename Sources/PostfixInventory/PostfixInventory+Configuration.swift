// A mapmux.conf for what the inventory has found.

extension PostfixInventory {
    /// - Parameter socketGroup: the group of the user that Postfix runs as.
    package func configuration(socketGroup: String) -> String {
        let maps = served.map { table in
            let uses = table.uses.map(\.description).joined(separator: ", ")
            return "    # \(uses)\n    \(MapNaming.entry(table.mapName, path: table.name))\n"
        }
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
            \(maps.joined())
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
}
