// Which tables init has Postfix ask by name, and which it leaves as they are.

import Testing

@testable import PostfixInventory

@Suite("The steps by socketmap")
struct SocketmapStepsTests {
    private let place = "socketmap:unix:private/mapmux-socketmap"

    private func commands(_ postfix: Postfix) -> [String] {
        postfix.commands().filter { $0.contains("socketmap") }
    }

    @Test("Tables that are asked for the whole key, and those that mapmux searches, move at once")
    func moved() {
        let postfix = Postfix(
            parameters: [
                "smtpd_sender_restrictions = check_sasl_access pgsql:/sasl.cf, check_sender_access pgsql:/from.cf",
                "virtual_alias_maps = pgsql:/aliases.cf", "virtual_mailbox_domains = proxy:pgsql:/domains.cf",
            ],
            expanded: ["virtual_alias_domains = pgsql:/aliases.cf"])
        #expect(
            commands(postfix) == [
                "postconf -e 'smtpd_sender_restrictions = check_sasl_access \(place):sasl, "
                    + "check_sender_access \(place):from'",
                "postconf -e 'virtual_alias_maps = \(place):aliases'",
                "postconf -e 'virtual_mailbox_domains = \(place):domains'",
            ])
        #expect(postfix.optionalCommands().filter { $0.contains("socketmap") } == [])
    }

    @Test("A table that no search is known for, or that a unionmap asks, is to think about")
    func doubtful() {
        let postfix = Postfix(parameters: [
            "my_maps = pgsql:/my.cf", "transport_maps = unionmap:{pgsql:/one.cf, pgsql:/two.cf}",
        ])
        #expect(commands(postfix) == [])
        #expect(
            postfix.optionalCommands().filter { $0.contains("socketmap") } == [
                "postconf -e 'my_maps = \(place):my'",
                "postconf -e 'transport_maps = unionmap:{\(place):one, \(place):two}'",
            ])
    }

    @Test("Several tables of a parameter move as one map, or not at all")
    func braces() {
        var postfix = Postfix(parameters: ["virtual_alias_maps = pgsql:/a.cf, proxy:pgsql:/b.cf"])
        #expect(commands(postfix) == ["postconf -e 'virtual_alias_maps = \(place):a'"])
        // Spread over variables.
        postfix = Postfix(
            parameters: ["mine = pgsql:/a.cf", "virtual_alias_maps = $mine pgsql:/b.cf"],
            expanded: ["virtual_alias_maps = pgsql:/a.cf pgsql:/b.cf"], user: ["mine"])
        #expect(commands(postfix) == [])
        #expect(
            postfix.text().contains(
                "by hand: \(place):a in place of pgsql:/a.cf, pgsql:/b.cf"))
        // A configuration that has one of them already.
        postfix = Postfix(
            parameters: ["virtual_alias_maps = pgsql:/a.cf pgsql:/b.cf"],
            maps: [ListedMap(name: "a", tables: ["/a.cf"])])
        #expect(commands(postfix) == [])
        #expect(postfix.text().contains("    b: virtual_alias_maps has other tables beside it"))
    }

    @Test(
        "A searched table moves if only tables that are asked once come before it, and none behind",
        arguments: [
            ("regexp:/x pgsql:/a.cf", true), ("pgsql:/a.cf regexp:/x", false), ("hash:/x pgsql:/a.cf", false),
            ("pgsql:/a.cf static:x", false), ("socketmap:inet:host:1:x pgsql:/a.cf", true),
        ])
    func besides(_ value: String, _ moves: Bool) {
        let postfix = Postfix(parameters: ["canonical_maps = \(value)"])
        #expect(commands(postfix).isEmpty == !moves, "\(postfix.text())")
        // In a list of domains each table is searched to its end.
        #expect(!commands(Postfix(parameters: ["relay_domains = \(value)"])).isEmpty)
    }

    @Test("A table that is searched in two ways stays, and so does one in a search and in a unionmap")
    func several() {
        var text = Postfix(parameters: [
            "sender_bcc_maps = pgsql:/a.cf", "transport_maps = pgsql:/a.cf",
        ]).text()
        #expect(text.contains("    a: searched in several ways (sender_bcc_maps, transport_maps)"))
        text =
            Postfix(parameters: [
                "sender_bcc_maps = pgsql:/a.cf", "recipient_bcc_maps = unionmap:{pgsql:/a.cf, static:x}",
            ]).text()
        #expect(text.contains("    a: recipient_bcc_maps has it in a pipemap or unionmap"))
        text =
            Postfix(
                parameters: ["virtual_mailbox_domains = pgsql:/a.cf"],
                maps: [ListedMap(name: "a", tables: ["/a.cf"], parameters: ["relay_domains"])]
            ).text()
        #expect(text.contains("    a: map_parameters has relay_domains for it"))
        let alike = Postfix(parameters: ["sender_bcc_maps = pgsql:/a.cf", "relocated_maps = pgsql:/a.cf"])
        #expect(commands(alike).count == 2)
    }

    @Test(
        "Of aliases for which virtual_alias_domains asks, too, that is said if a domain may hold a delimiter",
        arguments: [("+", false), ("+=_", false), ("-+", true), (".", true), ("x", true)])
    func aliasDomains(_ delimiter: String, _ isSaid: Bool) {
        let postfix = Postfix(
            parameters: ["virtual_alias_maps = pgsql:/a.cf", "recipient_delimiter = \(delimiter)"],
            expanded: ["virtual_alias_domains = pgsql:/a.cf"])
        #expect(commands(postfix) == ["postconf -e 'virtual_alias_maps = \(place):a'"])
        #expect(
            postfix.inventory().maps[0].parameters == ["virtual_alias_maps"]
                + (isSaid ? ["virtual_alias_domains"] : []))
        var two = postfix
        two.parameters[0] += " pgsql:/b.cf"
        two.expanded[0] += " pgsql:/b.cf"
        #expect(two.inventory().maps.map(\.name) == ["a"])
        var existing = postfix
        existing.maps = [ListedMap(name: "a", tables: ["/a.cf"], parameters: ["virtual_alias_maps"])]
        #expect(commands(existing).isEmpty == isSaid)
        #expect(existing.text().contains("a: virtual_alias_domains asks for full keys only") == isSaid)
    }

    @Test("Where local domains can't be listed, or a service has other facts, addresses stay with Postfix")
    func facts() {
        let parameters = ["virtual_alias_maps = pgsql:/a.cf", "transport_maps = pgsql:/t.cf"]
        let listed = Postfix(parameters: parameters + ["mydestination = localhost hash:/d"])
        #expect(commands(listed) == ["postconf -e 'transport_maps = \(place):t'"])
        #expect(listed.text().contains("a: its keys depend on hash:/d, which local_domains can't list"))
        let override = Postfix(
            parameters: parameters + ["recipient_delimiter = +"],
            overrides: ["submission/inet/recipient_delimiter = -"])
        #expect(commands(override) == [])
        #expect(override.text().contains("a: submission/inet has a recipient_delimiter of its own"))
    }

    @Test("A table with an agent that refuses socketmaps becomes none, unless no mail reaches that agent")
    func agents() {
        var postfix = Postfix(parameters: ["virtual_mailbox_maps = proxy:pgsql:/boxes.cf"])
        #expect(!postfix.text().contains("socketmap:unix"))
        postfix.expanded = ["virtual_transport = lmtp:unix:private/dovecot"]
        #expect(commands(postfix) == ["postconf -e 'virtual_mailbox_maps = \(place):boxes'"])
        #expect(postfix.text().contains("virtual(8), which no transport in main.cf leads to"))
    }

    @Test("Passwords of the client are asked for by the whole key, unless the sender chooses them")
    func passwords() {
        var postfix = Postfix(parameters: ["smtp_sasl_password_maps = pgsql:/sasl.cf"])
        #expect(!commands(postfix).isEmpty)
        #expect(!postfix.inventory().configuration(socketGroup: "g").contains("sasl=smtp_sasl_password_maps"))
        postfix.overrides = ["relay/unix/smtp_sender_dependent_authentication = yes"]
        #expect(!commands(postfix).isEmpty)
        #expect(postfix.inventory().configuration(socketGroup: "g").contains("sasl=smtp_sasl_password_maps"))
        postfix.parameters = ["smtp_sasl_password_maps = inline:{host=user:geheim}, pgsql:/sasl.cf"]
        #expect(!postfix.text().contains("geheim"))
        postfix.overrides = []
        #expect(postfix.text().contains("smtp_sasl_password_maps: by hand"))
    }
}
