// What Postfix does with a map's answers, as far as it matters that an answer may be old.

/// What may be given of a map's older answers, by the parameters of main.cf in which the map stands.
package struct MapUse: Equatable, Sendable {
    /// Whether Postfix rejects mail, or may, as the map does not have a key.
    package let rejects: Bool
    /// Whether mail may be rejected as this map, and others, do not have a key: an address that is only here would be missed.
    package let decidesRejection: Bool
    /// Whether an old "not found" does no more harm than an old value: the map rewrites or routes.
    package let isHarmlessWithoutKey: Bool
    /// Whether an old value may let in what was revoked: logins, passwords, certificates.
    package let isRevocable: Bool
    /// Whether that is so, or the map decides about access.
    package let decidesAccess: Bool

    /// - Parameters:
    ///   - parameters: all in which the map stands; empty: they are not known.
    ///   - hasVirtualAliasDomains: whether virtual_alias_domains, which is $virtual_alias_maps by default, has a value.
    package init(_ parameters: [SearchParameter], hasVirtualAliasDomains: Bool) {
        rejects = parameters.contains { $0.rejects(hasVirtualAliasDomains) }
        decidesRejection = rejects || parameters.contains(where: \.isAskedBeforeRejection)
        isHarmlessWithoutKey =
            !rejects && !parameters.isEmpty && parameters.allSatisfy(\.isHarmlessWithoutKey)
        isRevocable = parameters.contains(where: \.isRevocable)
        decidesAccess = isRevocable || parameters.contains { $0.name.hasPrefix("check_") }
    }
}

extension SearchParameter {
    /// Whether "not found" can end in a rejection: see smtpd_reject_unlisted_recipient and reject_unauth_destination in
    /// postconf(5).
    fileprivate func rejects(_ hasVirtualAliasDomains: Bool) -> Bool {
        switch name {
        case "virtual_alias_maps", "virtual_alias_domains": hasVirtualAliasDomains
        case "virtual_mailbox_maps", "relay_recipient_maps", "local_recipient_maps", "alias_maps",
            "virtual_mailbox_domains", "relay_domains", "mydestination", "mynetworks",
            "permit_mx_backup_networks":
            true
        default: false
        }
    }

    /// smtpd(8) rejects a recipient only if none of these has the address either.
    fileprivate var isAskedBeforeRejection: Bool {
        ["virtual_alias_maps", "canonical_maps", "recipient_canonical_maps"].contains(name)
    }

    fileprivate var isHarmlessWithoutKey: Bool {
        switch searchClass {
        case .rewriting, .transport: true
        case .address: name.hasSuffix("_bcc_maps") || name.contains("sender_dependent")
        case .fullKey: name.hasSuffix("_transport_maps")
        case .password, .addressAccess, .hostAccess, .heloAccess, .domainList: false
        }
    }

    /// Logins, passwords, certificates.
    fileprivate var isRevocable: Bool {
        switch name {
        case "smtpd_sender_login_maps", "local_login_sender_maps", "relay_clientcerts", "check_ccert_access",
            "check_sasl_access":
            true
        default: searchClass == .password
        }
    }
}
