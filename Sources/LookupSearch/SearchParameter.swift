// The places in Postfix's configuration in which a table can stand, by Postfix's names.

/// A parameter of main.cf, or a restriction, that names tables: it decides how they are searched.
package struct SearchParameter: Hashable, Sendable {
    /// As postconf(5) calls it.
    package let name: String
    package let searchClass: SearchClass
    /// The list in parent_domain_matches_subdomains that decides about its parent domains; nil if it has none.
    let parentList: String?

    /// Whether its tables are asked for whole domains, so that an `@` tells its keys from addresses.
    package var asksForDomains: Bool {
        ["virtual_alias_domains", "virtual_mailbox_domains", "mydestination"].contains(name)
    }

    /// Whether it is a restriction, which has one table: several stand in several restrictions.
    package var takesOneTable: Bool { name.hasPrefix("check_") }

    private init(_ name: String, _ searchClass: SearchClass, parentList: String? = nil) {
        self.name = name
        self.searchClass = searchClass
        self.parentList = parentList
    }

    /// Nil if no table stands in a parameter or restriction of this name.
    package init?(named name: String) {
        guard let known = Self.byName[name] else { return nil }
        self = known
    }

    /// All that are known, by class.
    package static let all: [SearchParameter] =
        [
            ("canonical_maps", .canonical), ("sender_canonical_maps", .canonical),
            ("recipient_canonical_maps", .canonical), ("virtual_alias_maps", .virtual),
            ("smtp_generic_maps", .generic), ("lmtp_generic_maps", .generic),
        ].map { SearchParameter($0, .rewriting($1)) }
        + [
            "relocated_maps", "sender_dependent_relayhost_maps", "sender_dependent_default_transport_maps",
            "sender_bcc_maps", "recipient_bcc_maps", "local_recipient_maps", "virtual_mailbox_maps",
            "relay_recipient_maps", "smtpd_sender_login_maps",
            "address_verify_sender_dependent_relayhost_maps",
            "address_verify_sender_dependent_default_transport_maps",
        ].map { SearchParameter($0, .address) }
        + ["smtp_sasl_password_maps", "lmtp_sasl_password_maps"].map { SearchParameter($0, .password) }
        + ["transport_maps", "address_verify_transport_maps"].map {
            SearchParameter($0, .transport, parentList: "transport_maps")
        }
        + ["check_sender_access", "check_recipient_access"].map {
            SearchParameter($0, .addressAccess, parentList: accessMaps)
        }
        + (["check_client_access", "check_reverse_client_hostname_access"]
        + ["client", "helo", "sender", "recipient", "reverse_client_hostname"].flatMap { subject in
            ["mx", "ns", "a"].map { "check_\(subject)_\($0)_access" }
        }).map { SearchParameter($0, .hostAccess, parentList: accessMaps) }
        + ["check_helo_access", "check_etrn_access"].map {
            SearchParameter($0, .heloAccess, parentList: accessMaps)
        }
        + [
            "relay_domains", "fast_flush_domains", "mynetworks", "debug_peer_list",
            "permit_mx_backup_networks", "qmqpd_authorized_clients", "smtpd_authorized_verp_clients",
            "smtpd_authorized_xclient_hosts", "smtpd_authorized_xforward_hosts",
            "smtpd_client_event_limit_exceptions", "smtpd_sasl_exceptions_networks",
        ].map { SearchParameter($0, .domainList, parentList: $0) }
        + [SearchParameter("smtpd_forbid_bare_newline_exclusions", .domainList, parentList: "mynetworks")]
        // $authorized_verp_clients is the default of smtpd_authorized_verp_clients.
        + [
            SearchParameter(
                "authorized_verp_clients", .domainList, parentList: "smtpd_authorized_verp_clients")
        ]
        + [
            "virtual_alias_domains", "virtual_mailbox_domains", "mydestination", "check_sasl_access",
            "check_ccert_access", "relay_clientcerts", "local_login_sender_maps",
            "smtp_tls_policy_maps", "lmtp_tls_policy_maps", "smtp_tls_per_site", "lmtp_tls_per_site",
            "smtpd_milter_maps", "tls_server_sni_maps", "tlsproxy_client_policy_maps",
            "header_checks", "mime_header_checks", "nested_header_checks", "body_checks",
            "milter_header_checks", "smtp_header_checks", "smtp_mime_header_checks",
            "smtp_nested_header_checks", "smtp_body_checks", "lmtp_header_checks",
            "lmtp_mime_header_checks", "lmtp_nested_header_checks", "lmtp_body_checks",
            "alias_maps", "mailbox_command_maps", "mailbox_transport_maps", "fallback_transport_maps",
            "rbl_reply_maps", "postscreen_access_list",
            "postscreen_dnsbl_reply_map", "smtpd_reject_footer_maps", "postscreen_reject_footer_maps",
            "smtpd_discard_ehlo_keyword_address_maps", "postscreen_discard_ehlo_keyword_address_maps",
            "smtp_discard_ehlo_keyword_address_maps", "lmtp_discard_lhlo_keyword_address_maps",
            "smtp_pix_workaround_maps", "lmtp_pix_workaround_maps", "authorized_flush_users",
            "authorized_mailq_users", "authorized_submit_users",
            "smtpd_dns_reply_filter", "smtp_dns_reply_filter", "lmtp_dns_reply_filter",
        ].map { SearchParameter($0, .fullKey) }

    /// As parent_domain_matches_subdomains calls the tables of all access restrictions.
    private static let accessMaps = "smtpd_access_maps"

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}
