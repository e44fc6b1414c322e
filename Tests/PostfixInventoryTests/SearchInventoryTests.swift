// What mapmux.conf says of Postfix's searches: maps with their parameters, and the facts of main.cf.

import LookupTables
import Testing

@testable import PostfixInventory

@Suite("Searches in a new configuration")
struct SearchInventoryTests {
    private func lines(_ postfix: Postfix) -> [String] {
        postfix.inventory().configuration(socketGroup: "postfix").split(separator: "\n").map(String.init)
    }

    @Test("Each map has the parameters and restrictions in which its table is searched, those of classes too")
    func parameters() {
        let configuration = Postfix(
            parameters: [
                "gated = check_sender_access pgsql:/gated.cf, reject", "canonical_maps = proxy:pgsql:/a.cf",
                "relay_domains = pgsql:/relay.cf", "virtual_alias_maps = pgsql:/a.cf",
                "smtpd_client_restrictions = pgsql:/clients.cf",
                "virtual_mailbox_domains = pgsql:/domains.cf",
                "sender_bcc_maps = pipemap:{pgsql:/piped.cf, pgsql:/piped2.cf}", "my_maps = pgsql:/my.cf",
            ],
            expanded: ["virtual_alias_domains = pgsql:/a.cf"], user: ["gated"],
            overrides: ["submission/inet/smtpd_helo_restrictions = check_helo_access pgsql:/relay.cf"]
        ).inventory().configuration(socketGroup: "postfix")
        #expect(
            configuration.contains(
                """

                map_parameters =
                    gated=check_sender_access
                    a=canonical_maps,virtual_alias_maps
                    relay=relay_domains,check_helo_access
                    clients=check_client_access
                    domains=virtual_mailbox_domains

                """), "\(configuration)")
        #expect(configuration.contains("\nread_ahead = 50ms\n"))
    }

    @Test(
        "Tables that one parameter alone asks in turn are one map; a list of domains with the same counts for nothing"
    )
    func braces() {
        let postfix = Postfix(
            parameters: [
                "virtual_alias_maps = pgsql:/a.cf, proxy:pgsql:/b.cf", "transport_maps = pgsql:/t.cf hash:/x",
                "recipient_bcc_maps = pgsql:/c.cf pgsql:/d.cf", "sender_bcc_maps = pgsql:/d.cf",
                "relay_domains = pgsql:/e.cf pgsql:/f.cf",
            ],
            expanded: ["virtual_alias_domains = pgsql:/a.cf, proxy:pgsql:/b.cf"])
        let inventory = postfix.inventory()
        #expect(inventory.maps.map(\.name) == ["a", "t", "c", "d", "e", "f"])
        #expect(inventory.maps[0].tables == ["/a.cf", "/b.cf"])
        let lines = lines(postfix)
        #expect(lines.contains("    a={pgsql:/a.cf pgsql:/b.cf}"))
        #expect(lines.contains("    a=virtual_alias_maps"))
        #expect(lines.contains("    d=recipient_bcc_maps,sender_bcc_maps"))
        // Behind proxy: each table is asked for by its own name, as ever.
        #expect(
            postfix.commands().filter { $0.contains("virtual_alias_maps") && $0.contains("proxy:") } == [
                "postconf -e 'virtual_alias_maps = proxy:pgsql:/a.cf, proxy:pgsql:/b.cf'"
            ])
    }

    @Test("A parameter that has its default by another one counts if it is searched otherwise")
    func defaults() {
        let postfix = Postfix(
            parameters: [
                "mynetworks = pgsql:/n.cf", "relay_domains = pgsql:/r.cf", "transport_maps = pgsql:/t.cf",
            ],
            expanded: [
                "address_verify_transport_maps = pgsql:/t.cf", "fast_flush_domains = pgsql:/r.cf",
                "smtpd_client_event_limit_exceptions = pgsql:/n.cf",
                "smtpd_forbid_bare_newline_exclusions = pgsql:/n.cf",
            ])
        #expect(
            postfix.inventory().maps.map(\.parameters) == [
                ["mynetworks", "smtpd_client_event_limit_exceptions"], ["relay_domains"], ["transport_maps"],
            ])
        let moved = postfix.commands().filter { $0.contains("socketmap") }
        #expect(moved.count == 2 && moved[1].contains(":t'"), "\(moved)")
        let two = Postfix(
            parameters: ["transport_maps = pgsql:/t.cf pgsql:/u.cf"],
            expanded: ["address_verify_transport_maps = pgsql:/t.cf pgsql:/u.cf"]
        ).inventory()
        #expect(two.maps.map(\.name) == ["t"])
    }

    @Test("The delimiter is always there, other facts if they are not Postfix's defaults")
    func facts() {
        let defaults = [
            "recipient_delimiter =", "owner_request_special = yes", "double_bounce_sender = double-bounce",
            "propagate_unmatched_extensions = virtual canonical",
            "parent_domain_matches_subdomains = debug_peer_list,fast_flush_domains,mynetworks,"
                + "permit_mx_backup_networks,qmqpd_authorized_clients,relay_domains,smtpd_access_maps",
        ]
        func facts(_ own: [String]) -> [String] {
            lines(Postfix(parameters: ["transport_maps = pgsql:/t.cf"], expanded: defaults + own)).filter {
                line in
                line.contains(" =")
                    && defaults.contains { $0.prefix { $0 != " " } == line.prefix { $0 != " " } }
            }
        }
        #expect(facts([]) == ["recipient_delimiter = "])
        let own = [
            "recipient_delimiter = +-", "parent_domain_matches_subdomains =",
            "propagate_unmatched_extensions = generic",
            "owner_request_special = no", "double_bounce_sender = bounced",
        ]
        #expect(facts(own).map { $0.hasSuffix("= ") ? String($0.dropLast()) : $0 } == own)
    }

    @Test("What can't be said of the facts is told beside them")
    func exceptions() {
        let lines = lines(
            Postfix(
                parameters: ["canonical_maps = pgsql:/a.cf", "mydestination = a.example, hash:/d"],
                overrides: ["submission/inet/recipient_delimiter = -", "smtp/inet/mydestination = a.example"])
        )
        for line in [
            "# hash:/d has more of them, which can't be listed: so socketmap suits no search for addresses.",
            "# submission/inet has a recipient_delimiter of its own, by which nothing here goes.",
            "# smtp/inet has a mydestination of its own, by which nothing here goes.",
            "local_domains = a.example",
        ] {
            #expect(lines.contains(line), "\(lines)")
        }
    }

    @Test("What a configuration has stays, and what it lacks of searches is added to it")
    func existing() throws {
        func add(_ text: String, _ postfix: Postfix) throws -> ExistingConfiguration.Addition {
            let existing = try #require(
                ExistingConfiguration(path: "m", contents: Array(text.utf8), diagnostics: &diagnostics))
            var postfix = postfix
            (postfix.maps, postfix.places) = (existing.maps, existing.places(for: .proxymap))
            return existing.adding(postfix.inventory(), socketGroup: "postfix")
        }
        var diagnostics: [Diagnostic] = []
        let text = """
            maps = b={pgsql:/1.cf, pgsql:/2.cf} pgsql:/3.cf
            map_parameters = b=sender_bcc_maps
            recipient_delimiter = -
            default_encoding = LATIN1
            proxymap_listen = unix:/var/spool/postfix/private/mapmux
            proxymap_relay = unix:/b

            """
        let postfix = Postfix(
            parameters: [
                "virtual_alias_maps = pgsql:/1.cf pgsql:/2.cf", "relay_domains = pgsql:/3.cf pgsql:/4.cf",
            ], expanded: ["recipient_delimiter = +", "mydestination = here.example"])
        let addition = try add(text, postfix)
        #expect(
            addition.diff == [
                "@@ -1,0 +2,2 @@", "+    # relay_domains", "+    pgsql:/4.cf", "@@ -2,0 +5,2 @@",
                "+    3=relay_domains", "+    4=relay_domains", "@@ -6,0 +11,3 @@", "+",
                "+# Added by `mapmux init` for Postfix 3.7.11.", "+local_domains = here.example",
            ])
        #expect(
            addition.remarks == [
                "m:3: found recipient_delimiter = -, which stays; expected + for Postfix 3.7.11"
            ])
        let again = try add(String(decoding: addition.contents, as: UTF8.self), postfix)
        #expect(again.diff == [] && again.remarks.count == 1)
    }

    @Test(
        "A map that Postfix asks by its name gets its parameter, unless it would then answer otherwise than its tables"
    )
    func asked() {
        let place = "socketmap:unix:private/mapmux-socketmap"
        func parameters(_ lines: [String]) -> [[String]] {
            Postfix(
                parameters: lines,
                maps: [ListedMap(name: "a", tables: ["/a.cf"]), ListedMap(name: "b", tables: ["/b.cf"])]
            ).inventory().maps.map(\.parameters)
        }
        #expect(
            parameters(["canonical_maps = \(place):a", "relay_domains = \(place):b"]) == [
                ["canonical_maps"], ["relay_domains"],
            ])
        #expect(parameters(["canonical_maps = \(place):a hash:/x"]) == [[], []])
        #expect(parameters(["canonical_maps = unionmap:{\(place):a, static:x}"]) == [[], []])
        #expect(
            parameters(["canonical_maps = \(place):a", "relay_domains = \(place):a socketmap:inet:h:1:b"])
                == [
                    [], [],
                ])
    }
}
