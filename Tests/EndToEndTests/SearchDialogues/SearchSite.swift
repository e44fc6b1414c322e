// The tables of a site whose rows tell apart in which order Postfix asks for its keys.

import ThrowawayServers

/// What `MailSite` is filled with, and where each table stands in main.cf.
enum SearchSite {
    /// The tables of one parameter, or of one restriction.
    struct Map {
        /// As mapmux.conf calls it.
        let name: String
        /// As main.cf calls it.
        let parameter: String
        /// In their order.
        let tables: [String]
        var isRestriction: Bool { parameter.hasPrefix("check_") || parameter == "mynetworks" }

        init(_ name: String, _ parameter: String, _ tables: [String] = []) {
            self.name = name
            self.parameter = parameter
            self.tables = tables.isEmpty ? [name] : tables
        }

        /// What stands in main.cf.
        func text(for way: SearchWay, _ site: MailSite) -> String {
            switch way {
            case .stock, .readAhead: tables.map { "proxy:\(site.table($0))" }.joined(separator: ", ")
            case .socketmap: "socketmap:unix:private/\(MailServer.socketmap):\(name)"
            }
        }

        /// What stands in mapmux.conf.
        func definition(_ site: MailSite) -> String {
            tables.count == 1
                ? "\(name)=\(site.table(tables[0]))"
                : "\(name)={\(tables.map(site.table).joined(separator: " "))}"
        }
    }

    static func map(_ name: String) -> Map {
        guard let map = maps.first(where: { $0.name == name }) else {
            preconditionFailure("no map is called \(name)")
        }
        return map
    }

    /// If a parameter has two tables, the first one has the catch-alls: they must not win.
    static let maps =
        [
            Map("canonical", "canonical_maps"),
            Map("sender_canonical", "sender_canonical_maps", ["sender_domains", "sender_users"]),
            Map("recipient_canonical", "recipient_canonical_maps"),
            Map("aliases", "virtual_alias_maps", ["alias_domains_moved", "aliases"]),
            Map("generic", "smtp_generic_maps"),
            Map("relocated", "relocated_maps"),
            Map("sender_bcc", "sender_bcc_maps"),
            Map("recipient_bcc", "recipient_bcc_maps"),
            Map("relayhosts", "sender_dependent_relayhost_maps"),
            Map("sender_transports", "sender_dependent_default_transport_maps"),
            Map("local_users", "local_recipient_maps"),
            Map("mailboxes", "virtual_mailbox_maps", ["mailbox_catchalls", "mailboxes"]),
            Map("relay_recipients", "relay_recipient_maps"),
            Map("sender_logins", "smtpd_sender_login_maps"),
            Map("transports", "transport_maps"),
            Map("alias_domains", "virtual_alias_domains"),
            Map("mailbox_domains", "virtual_mailbox_domains"),
            Map("relay_domains", "relay_domains"),
            Map("flush_domains", "fast_flush_domains", ["failing_flush_domains", "flush_domains"]),
            Map("headers", "header_checks"),
            Map("networks", "mynetworks"),
            Map("clients", "check_client_access"),
            Map("reverse_names", "check_reverse_client_hostname_access"),
            Map("helo_names", "check_helo_access"),
            Map("senders", "check_sender_access"),
            Map("sender_hosts", "check_sender_mx_access"),
            Map("recipients", "check_recipient_access"),
            Map("logins", "check_sasl_access"),
        ] + classMaps

    /// smtpd_restriction_classes, each with one map of its name: the null sender, and tables in which a key fails.
    private static let classMaps = [
        Map("null_senders", "check_sender_access"),
        Map("fails_after", "check_recipient_access"), Map("fails_before", "check_recipient_access"),
        Map("fails_later", "check_recipient_access"), Map("fails_last", "check_recipient_access"),
    ]

    static var classes: [String] { classMaps.map(\.name) }

    static func make() throws -> MailSite {
        let names = maps.flatMap(\.tables)
        precondition(Set(names) == Set(SearchRows.tables.map(\.name)), "a table has no map, or no rows")
        // Asked for the whole address only, as many tables of mailboxes are.
        let queries = names.map { name in
            let pattern = name == "mailboxes" ? "%u@%d" : "%s"
            return (
                name: name,
                query: """
                SELECT value || left('', 1 / divisor) FROM entries \
                WHERE map = '\(name)' AND pattern = '\(pattern)' ORDER BY number
                """
            )
        }
        // Stock Postfix opens a connection for each table in each process.
        return try MailSite(maxConnections: 1000, schema: SearchRows.schema, queries: queries)
    }
}
