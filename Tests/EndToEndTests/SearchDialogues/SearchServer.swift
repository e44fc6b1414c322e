// A Postfix whose every table is searched, in one of the ways and under one of the settings.

import ThrowawayServers

struct SearchServer {
    let server: MailServer
    /// Where mail goes that leaves by SMTP.
    let sink: SMTPSink

    init(_ way: SearchWay, _ setting: SiteSetting, site: MailSite) throws {
        sink = try SMTPSink()
        var main = setting.facts
        for map in SearchSite.maps where !map.isRestriction { main[map.parameter] = map.text(for: way, site) }
        main.merge(Self.restrictions(way, site)) { $1 }
        main["mynetworks"] = "198.51.100.0/24, \(SearchSite.map("networks").text(for: way, site))"
        main["proxy_read_maps"] = site.tables.map { "proxy:\($0)" }.joined(separator: ", ")
        main.merge(Self.transports(sink)) { $1 }
        let maps = SearchSite.maps.map { $0.definition(site) }
        switch way {
        case .stock: server = try MailServer(.own, tables: [], main: main, keeping: site)
        case .readAhead, .socketmap:
            var parameters = setting.facts
            parameters["local_domains"] = SiteSetting.localDomains
            parameters["map_parameters"] = SearchSite.maps.map { "\($0.name)=\($0.parameter)" }
                .joined(separator: " ")
            if way == .readAhead { parameters["read_ahead"] = "50ms" }
            server = try MailServer(
                .mapmux, tables: maps, main: main, parameters: parameters, keeping: site)
        }
    }

    private static func restrictions(_ way: SearchWay, _ site: MailSite) -> [String: String] {
        func check(_ names: String...) -> String {
            names.map { name in
                let map = SearchSite.map(name)
                return "\(map.parameter) \(map.text(for: way, site))"
            }.joined(separator: ", ")
        }
        // Each of a class is asked for recipients of its own only.
        let classes = SearchSite.classes
        var main = Dictionary(uniqueKeysWithValues: classes.map { ($0, check($0)) })
        main["smtpd_restriction_classes"] = classes.joined(separator: ", ")
        main["smtpd_client_restrictions"] = check("clients", "reverse_names")
        main["smtpd_helo_restrictions"] = check("helo_names")
        main["smtpd_sender_restrictions"] =
            check("senders", "sender_hosts", "logins") + ", reject_sender_login_mismatch"
        main["smtpd_relay_restrictions"] = "permit_mynetworks, reject_unauth_destination"
        main["smtpd_recipient_restrictions"] = check("recipients")
        return main
    }

    private static func transports(_ sink: SMTPSink) -> [String: String] {
        [
            "local_transport": "ledger:local", "virtual_transport": "ledger:virtual",
            "relay_transport": "ledger", "default_transport": "ledger", "alias_maps": "",
            // Clients may come from an IPv6 address.
            "inet_protocols": "all",
            // Headers of all clients' mail are rewritten.
            "local_header_rewrite_clients": "static:all",
            // For reject_sender_login_mismatch; logins come by XCLIENT.
            "smtpd_sasl_auth_enable": "yes", "smtpd_sasl_type": "dovecot", "smtpd_tls_auth_only": "yes",
            "smtp_tcp_port": "\(sink.port)", "out_destination_recipient_limit": "1",
        ]
    }
}
