// A main.cf in which a recorder has the place of each table, and what mapmux is told of that main.cf.

import LookupSearch
import Testing

struct SearchSetting: Sendable, CustomTestStringConvertible {
    var recipientDelimiter = ""
    /// parent_domain_matches_subdomains; nil: Postfix's default.
    var parentLists: [String]?
    var ownerRequestSpecial = true
    var doubleBounceSender = "double-bounce"
    /// Whether addresses without a domain get $myorigin.
    var appendsOrigin = true
    /// How many tables stand in each parameter that may name several.
    var tables = 1
    /// Whether there are domains for which mail is relayed.
    var relays = true
    /// Whether the hosts that mail comes from are checked by their addresses. Postfix asks a name server for those of all but address
    /// literals.
    var checksServers = false

    var testDescription: String {
        """
        recipient_delimiter "\(recipientDelimiter)", parents \(parentLists?.joined(separator: " ") ?? "by default"), \
        owner_request_special \(ownerRequestSpecial), \(tables) tables\(appendsOrigin ? "" : ", bare addresses")
        """
    }

    static let all = [
        SearchSetting(),
        SearchSetting(recipientDelimiter: "+"),
        SearchSetting(recipientDelimiter: "-", parentLists: [], doubleBounceSender: "un-deliverable"),
        SearchSetting(
            recipientDelimiter: "+-", parentLists: ["transport_maps", "relay_domains"],
            ownerRequestSpecial: false),
        SearchSetting(
            recipientDelimiter: "+=#", parentLists: ["smtpd_access_maps", "mynetworks"], tables: 2),
        SearchSetting(recipientDelimiter: "+-", appendsOrigin: false),
    ]

    /// Domains that resolve to this machine, as main.cf and mapmux.conf name them.
    static let origin = "origin.test"
    static let host = "mail.test"
    static let destination = "local.test"
    static let localDomains = [
        origin, host, destination, "[127.0.0.1]", "[192.0.2.99]", "[IPv6:2001:db8::99]",
    ]

    var facts: PostfixFacts {
        var facts = PostfixFacts()
        facts.recipientDelimiter = Array(recipientDelimiter.utf8)
        if let parentLists { facts.parentDomainMatchesSubdomains = Set(parentLists) }
        facts.ownerRequestSpecial = ownerRequestSpecial
        facts.doubleBounceSender = Array(doubleBounceSender.utf8)
        facts.localDomains = LocalDomains(Self.localDomains)
        return facts
    }

    /// The same in mapmux.conf.
    var mapmuxConfiguration: String {
        let parents = parentLists.map { "parent_domain_matches_subdomains = \($0.joined(separator: ", "))\n" }
        return """
            recipient_delimiter = \(recipientDelimiter)
            \(parents ?? "")owner_request_special = \(ownerRequestSpecial ? "yes" : "no")
            double_bounce_sender = \(doubleBounceSender)
            local_domains = \(Self.localDomains.joined(separator: ", "))

            """
    }

    /// The client whose mail is accepted, whoever sends it to whom.
    static let trustedClient = "198.51.100.1"

    /// The values that domains must have to be of their classes.
    var answers: [String: [String: String]] {
        func known(_ parameter: String, _ key: String) -> [(String, [String: String])] {
            (1...tableCount(of: parameter)).map { (Self.table(parameter, $0), [key: "known"]) }
        }
        let own =
            known("virtual_alias_domains", "alias.test") + known("virtual_mailbox_domains", "mailbox.test")
        let relayed = known("relay_domains", "relay.test") + known("relay_domains", ".relay.test")
        return Dictionary(relays ? own + relayed : own) { $0.merging($1) { $1 } }
    }

    static func table(_ parameter: String, _ number: Int) -> String { "pgsql:/\(parameter)/\(number)" }

    /// How many tables stand in a parameter: a restriction has one, and is repeated for more.
    func tableCount(of parameter: String) -> Int { parameter.hasPrefix("check_") ? 1 : tables }

    private func proxied(_ parameter: String) -> String {
        (1...tableCount(of: parameter)).map { "proxy:\(Self.table(parameter, $0))" }.joined(separator: " ")
    }

    private static let recorded = [
        "canonical_maps", "sender_canonical_maps", "recipient_canonical_maps", "virtual_alias_maps",
        "smtp_generic_maps", "relocated_maps", "sender_dependent_relayhost_maps",
        "sender_dependent_default_transport_maps", "sender_bcc_maps", "recipient_bcc_maps",
        "local_recipient_maps", "virtual_mailbox_maps", "relay_recipient_maps", "smtpd_sender_login_maps",
        "transport_maps", "relay_domains", "fast_flush_domains", "mynetworks", "virtual_alias_domains",
        "virtual_mailbox_domains", "smtp_sasl_password_maps",
    ]

    /// main.cf: the tables, and restrictions that ask them all.
    var main: [String: String] {
        func checks(_ names: String...) -> String {
            names.map { "\($0) \(proxied($0))" }.joined(separator: ", ")
        }
        let trust = "check_client_access inline:{\(Self.trustedClient)=OK}"
        var main = [
            "inet_protocols": "all", "myorigin": Self.origin,
            "mydestination": "\(Self.destination), \(Self.host)",
            "myhostname": Self.host, "proxy_interfaces": "192.0.2.99, 2001:db8::99",
            "recipient_delimiter": recipientDelimiter, "double_bounce_sender": doubleBounceSender,
            "owner_request_special": ownerRequestSpecial ? "yes" : "no",
            "append_at_myorigin": appendsOrigin ? "yes" : "no",
            // Nothing but what is asked for changes an address.
            "allow_percent_hack": "no", "swap_bangpath": "no",
            "local_header_rewrite_clients": "static:all",
            // For reject_sender_login_mismatch; nobody can log in without TLS.
            "smtpd_sasl_auth_enable": "yes", "smtpd_sasl_type": "dovecot", "smtpd_tls_auth_only": "yes",
            "smtpd_client_restrictions": checks(
                "check_client_access", "check_reverse_client_hostname_access"),
            "smtpd_helo_restrictions": checks("check_helo_access"),
            "smtpd_sender_restrictions": checks("check_sender_access")
                + ", \(trust), reject_sender_login_mismatch, reject_unlisted_sender",
            "smtpd_relay_restrictions": "",
            "smtpd_recipient_restrictions": checks("check_recipient_access", "check_sasl_access")
                + ", \(trust), permit_mynetworks, reject_unlisted_recipient, reject",
            "smtpd_reject_unlisted_recipient": "no", "smtpd_client_event_limit_exceptions": "",
            // What is accepted stays where it is.
            "smtpd_data_restrictions": "check_client_access static:HOLD",
        ]
        if checksServers {
            let servers = ["helo", "sender"].flatMap { subject in
                ["a", "mx"].map { checks("check_\(subject)_\($0)_access") }
            }
            main["smtpd_helo_restrictions", default: ""] += ", " + servers.joined(separator: ", ")
        }
        for parameter in Self.recorded { main[parameter] = proxied(parameter) }
        if let parentLists { main["parent_domain_matches_subdomains"] = parentLists.joined(separator: ", ") }
        return main
    }
}
