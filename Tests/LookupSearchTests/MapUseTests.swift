// What may be given of a map's older answers, by the parameters in which it stands.

import LookupSearch
import Testing

@Suite("What Postfix does with a map's answers")
struct MapUseTests {
    private func use(_ names: String..., hasVirtualAliasDomains: Bool = true) throws -> MapUse {
        try use(names, hasVirtualAliasDomains)
    }

    private func use(_ names: [String], _ hasVirtualAliasDomains: Bool = true) throws -> MapUse {
        MapUse(
            try names.map { try #require(SearchParameter(named: $0), "\($0)") },
            hasVirtualAliasDomains: hasVirtualAliasDomains)
    }

    /// By postconf(5). The others are in none of these lists.
    private static let rejecting: Set = [
        "virtual_alias_maps", "virtual_alias_domains", "virtual_mailbox_maps", "virtual_mailbox_domains",
        "relay_recipient_maps", "relay_domains", "local_recipient_maps", "alias_maps", "mydestination",
        "mynetworks", "permit_mx_backup_networks",
    ]
    private static let harmless: Set = [
        "canonical_maps", "sender_canonical_maps", "recipient_canonical_maps", "smtp_generic_maps",
        "lmtp_generic_maps", "transport_maps", "address_verify_transport_maps", "sender_bcc_maps",
        "recipient_bcc_maps", "sender_dependent_relayhost_maps", "sender_dependent_default_transport_maps",
        "address_verify_sender_dependent_relayhost_maps",
        "address_verify_sender_dependent_default_transport_maps", "mailbox_transport_maps",
        "fallback_transport_maps",
    ]
    private static let revocable: Set = [
        "smtpd_sender_login_maps", "local_login_sender_maps", "smtp_sasl_password_maps",
        "lmtp_sasl_password_maps", "relay_clientcerts", "check_ccert_access", "check_sasl_access",
    ]

    @Test("Each parameter of main.cf that names tables rejects, is harmless, lets in, or is none of these")
    func all() throws {
        for parameter in SearchParameter.all {
            let name = parameter.name
            let use = MapUse([parameter], hasVirtualAliasDomains: true)
            #expect(use.rejects == Self.rejecting.contains(name), "\(name)")
            #expect(use.isHarmlessWithoutKey == Self.harmless.contains(name), "\(name)")
            #expect(use.isRevocable == Self.revocable.contains(name), "\(name)")
            let decidesAccess = Self.revocable.contains(name) || name.hasPrefix("check_")
            #expect(use.decidesAccess == decidesAccess, "\(name)")
        }
        let names = Set(SearchParameter.all.map(\.name))
        for list in [Self.rejecting, Self.harmless, Self.revocable] {
            #expect(list.subtracting(names) == [])
        }
    }

    @Test("An address is rejected only if it is not in the maps of aliases and canonical addresses either")
    func rejection() throws {
        let asked = ["virtual_alias_maps", "canonical_maps", "recipient_canonical_maps"]
        for parameter in SearchParameter.all {
            for hasDomains in [true, false] {
                let use = MapUse([parameter], hasVirtualAliasDomains: hasDomains)
                #expect(
                    use.decidesRejection == use.rejects || asked.contains(parameter.name), "\(parameter.name)"
                )
                if asked.contains(parameter.name) { #expect(use.decidesRejection) }
            }
        }
    }

    @Test("virtual_alias_maps only rewrites if there are no virtual alias domains, and rejects else")
    func virtualAliases() throws {
        let rewriting = try use("virtual_alias_maps", hasVirtualAliasDomains: false)
        #expect(!rewriting.rejects && rewriting.isHarmlessWithoutKey)
        let rejecting = try use("virtual_alias_maps")
        #expect(rejecting.rejects && !rejecting.isHarmlessWithoutKey)
    }

    @Test("A map of which nothing is known rejects nothing, and does harm without a key")
    func unknown() throws {
        let use = try use()
        #expect(!use.rejects && !use.isHarmlessWithoutKey && !use.isRevocable && !use.decidesAccess)
    }

    @Test(
        "Of a map in several parameters, the worst one counts",
        arguments: [
            (["canonical_maps", "transport_maps"], false, true, false),
            (["canonical_maps", "virtual_mailbox_maps"], true, false, false),
            (["transport_maps", "relay_domains"], true, false, false),
            (["transport_maps", "check_sender_access"], false, false, false),
            (["virtual_mailbox_maps", "smtpd_sender_login_maps"], true, false, true),
            (["sender_dependent_relayhost_maps", "smtp_sasl_password_maps"], false, false, true),
        ] as [([String], Bool, Bool, Bool)])
    func several(names: [String], rejects: Bool, isHarmless: Bool, isRevocable: Bool) throws {
        for order in [names, names.reversed()] {
            let use = try use(order)
            #expect(use.rejects == rejects)
            #expect(use.isHarmlessWithoutKey == isHarmless)
            #expect(use.isRevocable == isRevocable)
        }
    }
}
