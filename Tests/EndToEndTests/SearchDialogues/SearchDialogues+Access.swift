// What is said to the site whose tables are searched: who is let in or not, and lookups that fail.

extension SearchDialogues {
    private static func sender(_ title: String, _ address: String) -> SearchDialogue {
        SearchDialogue(title, from: address, to: "user1@mbx.test")
    }

    private static func client(_ title: String, _ client: String) -> SearchDialogue {
        SearchDialogue(title, client: client, to: "user1@mbx.test")
    }

    private static func helo(_ title: String, _ name: String) -> SearchDialogue {
        SearchDialogue(title, helo: name, to: "user1@mbx.test")
    }

    static let addressAccess = [
        sender("sender, by address", "bad@outside.test"),
        sender("sender, with an extension", "Bad+x@outside.test"),
        sender("sender, with its own extension", "bad+exact@outside.test"),
        sender("sender, by domain", "a@evil.test"), sender("sender, by parent", "a@very.evil.test"),
        sender("sender, before the domain", "good+x@evil.test"),
        sender("sender, by dotted parent", "a@x.y.dotevil.test"),
        sender("sender, at the dotted parent", "a@dotevil.test"),
        sender("sender, by local part", "spammer@anywhere.test"),
        sender("sender, by local part with an extension", "spammer+x@anywhere.test"),
        sender("sender, by local part with its own extension", "spammer+exact@anywhere.test"),
        sender("sender, by local part after the address", "spammer+x@fine.test"),
        sender("sender, by local part after the domain", "spammer@order.test"),
        sender("sender, by local part after the parent", "spammer@sub.order.test"),
        sender("sender, quoted", "\"s s+x\"@outside.test"),
        sender("sender, unquoted in the table", "\"t t+x\"@outside.test"),
        sender("sender, by the last label", "a@x.lastlabel"),
        sender("sender, owner", "owner-bad@outside.test"),
        sender("sender's host, by network", "a@[203.0.115.9]"),
        sender("sender's host, by address", "a@[203.0.115.7]"),
        sender("sender's host, by IPv6 network", "a@[IPv6:2001:db8:7::9]"),
        sender("sender's host, none", "a@[203.0.116.7]"),
        SearchDialogue("null sender", from: "", to: "nulls@mbx.test"),
        SearchDialogue("no null sender", to: "nulls@mbx.test"),
        SearchDialogue("recipients", to: "nomail@mbx.test", "nomail+x@mbx.test", "nomail+yes@mbx.test"),
        SearchDialogue(
            "recipients, by parent", client: inside, to: "a@deep.any.test", "a@b.deep.any.test", "a@any.test"),
        SearchDialogue(
            "recipients, by local part", to: "abuse@mbx.test", "abuse+x@mbx.test", "abuse+kept@any.test",
            "Abuse@any.test"),
        SearchDialogue(
            "recipients, quoted", to: "\"w w+x\"@mbx.test", "\"v v+x\"@mbx.test", "\"abuse\"@any.test"),
    ]

    static let hostAccess = [
        client("client, by name", "203.0.113.7 spam.test"),
        client("client, by parent", "203.0.113.7 a.b.Spam.test"),
        client("client, before its parent", "203.0.113.7 mx.good.spam.test"),
        client("client, by dotted parent", "203.0.113.7 a.dots.test"),
        client("client, at the dotted parent", "203.0.113.7 dots.test"),
        client("client, by last label", "203.0.113.7 a.lastlabel"),
        client("client, the last label", "203.0.113.7 lastlabel"),
        client("client, by network", "203.0.114.8 mx.outside.test"),
        client("client, before its network", "203.0.114.9 mx.outside.test"),
        client("client, by a larger network", "192.0.3.4 mx.outside.test"),
        client("client, by the largest", "10.1.2.3 mx.outside.test"),
        client("client, by no network", "203.0.11.4 mx.outside.test"),
        client("client, by IPv6 network", "IPV6:2001:db8:5::7 mx.outside.test"),
        client("client, cut at two colons", "IPV6:2001:db8::1:2 mx.outside.test"),
        client("client, by a larger IPv6 network", "IPV6:2001:db8:6::7 mx.outside.test"),
        client("client, by the largest IPv6 network", "IPV6:2001:db9::7 mx.outside.test"),
        client("client, by no IPv6 network", "IPV6:2002:db9::7 mx.outside.test"),
        client("client, unknown", "203.0.113.7 [UNAVAILABLE]"),
        client("client, unknown for now", "203.0.113.7 [TEMPUNAVAIL]"),
        client("client, by reverse name", "203.0.113.7 rev.test"),
        client("client, by reverse name's parent", "203.0.113.7 a.b.rev.test"),
        helo("HELO name", "liar.test"), helo("HELO name, by parent", "a.b.liar.test"),
        helo("HELO literal", "[192.0.2.7]"), helo("HELO literal, cut as a name", "[192.0.2.8]"),
        helo("HELO literal, not cut as an address", "[192.0.2.6]"),
        helo("HELO address, not cut", "192.0.2.9"),
        helo("HELO address", "192.0.2.10"), helo("HELO name in mixed case", "Liar.TEST"),
    ]

    static let lists = [
        SearchDialogue(
            "relay domains", to: "known@relay.test", "a@x.relay.test", "a@dot.relay.test",
            "a@deep.dot.relay.test", "a@relays.test", "a@x.secondary.test"),
        SearchDialogue("networks, by name", client: "203.0.113.8 trusted.test", to: "a@elsewhere.test"),
        SearchDialogue("networks, by parent", client: "203.0.113.8 x.y.trusted.test", to: "a@elsewhere.test"),
        SearchDialogue(
            "networks, by dotted parent", client: "203.0.113.8 x.dottrusted.test", to: "a@elsewhere.test"),
        SearchDialogue(
            "networks, by address", client: "198.51.101.9 mx.outside.test", to: "a@elsewhere.test"),
        SearchDialogue("networks, not cut", client: "198.51.102.9 mx.outside.test", to: "a@elsewhere.test"),
        SearchDialogue(
            "domains to flush",
            commands: [
                "RSET", "ETRN flush.test", "ETRN x.flush.test", "ETRN dotflush.test", "ETRN x.dotflush.test",
                "ETRN other.test",
            ]),
        SearchDialogue(
            "whole domains only", to: "hit@sub.alias.test", "user1@sub.mbx.test", "hit@test",
            "a@x.closed.test"),
        SearchDialogue("login", client: "203.0.113.6 pc.test mallory", to: "user1@mbx.test"),
        SearchDialogue(
            "login with an extension", client: "203.0.113.6 pc.test mallory+x", to: "user1@mbx.test"),
        .letter("refused header", to: "user1@mbx.test", header: "x-spam: yes"),
        .letter("another header", to: "user1@mbx.test", header: "x-spam: no"),
    ]

    /// Lookups that fail. Stock Postfix takes the table for down afterwards: none asks one that has failed before.
    static let failing = [
        SearchDialogue("a key fails after a hit", to: "after+x@mbx.test"),
        SearchDialogue("a key fails before a hit", to: "before+x@mbx.test"),
        SearchDialogue("a key fails after a later hit", to: "later+x@mbx.test"),
        SearchDialogue("the last key fails", to: "last+x@mbx.test"),
        .letter("alias, found before the second table fails", to: "stopped+x@alias.test"),
        .letter("alias, of a sender whose table fails", from: "bad+x@people.test", to: "user1@mbx.test"),
        SearchDialogue("alias, the second table fails before a hit", to: "unclear+x@alias.test"),
        SearchDialogue("alias, the first table fails before a hit", to: "broken+x@alias.test"),
        // A list asks one table for all keys before it asks the next one.
        SearchDialogue(
            "the first list fails for the parent of what is in the second one",
            commands: ["RSET", "ETRN a.failing.test"]),
        // Without a sender whose aliases are asked for: stock Postfix takes them for down by now.
        SearchDialogue("transport fails", client: inside, from: "", to: "a@failing.example"),
    ]
}
