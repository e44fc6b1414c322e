// The rows of the access tables and of the lists of domains and hosts.

import Foundation

extension SearchRows {
    /// Each refusal has a text of its own, so that a reply tells which row was found.
    static let accessTables: [(name: String, rows: String)] = [
        (
            "alias_domains",
            "alias.test -> x\ncatchall.test -> x\nmoved.test -> x\n.alias.test -> x\ntest -> x"
        ),
        (
            "mailbox_domains",
            "mbx.test -> x\nany.test -> x\nclosed.test -> x\nrenamed.test -> x\ndead.test -> x\nold.test -> x"
        ),
        ("relay_domains", "relay.test -> x\n.dot.relay.test -> x\nsecondary.test -> x\n* -> x"),
        ("failing_flush_domains", "failing.test -> FAILS\n.failing.test -> FAILS"),
        ("flush_domains", "flush.test -> x\n.dotflush.test -> x\na.failing.test -> x"),
        ("headers", "x-spam: yes -> REJECT header\nx-spam -> REJECT key"),
        (
            "networks",
            "trusted.test -> x\n.dottrusted.test -> x\n198.51.101.9 -> x\n198.51.102 -> x\n2001:db8:9::9 -> x"
        ),
        (
            "clients",
            """
            spam.test -> REJECT c1
            good.spam.test -> OK
            .dots.test -> REJECT c2
            dots.test -> REJECT c3
            lastlabel -> REJECT c4
            .lastlabel -> REJECT c5
            203.0.114 -> REJECT c6
            203.0.114.9 -> OK
            192.0 -> REJECT c7
            10 -> REJECT c8
            2001:db8: -> REJECT c9
            2001:db8 -> REJECT c10
            2001:db8:5 -> REJECT c11
            2001 -> REJECT c12
            unknown -> REJECT c13
            EMPTY -> REJECT c14
            * -> REJECT c15
            """
        ),
        ("reverse_names", "rev.test -> REJECT r1\n.rev.test -> REJECT r2"),
        (
            "helo_names",
            """
            liar.test -> REJECT h1
            .liar.test -> REJECT h2
            [192.0.2.7] -> REJECT h3
            2.8] -> REJECT h4
            .2.8] -> REJECT h5
            192.0.2 -> REJECT h6
            2.9 -> REJECT h7
            [192.0 -> REJECT h8
            192.0.2.10 -> REJECT h9
            """
        ),
        (
            "senders",
            """
            bad@outside.test -> REJECT s1
            bad+exact@outside.test -> REJECT s2
            evil.test -> REJECT s3
            good@evil.test -> OK
            .dotevil.test -> REJECT s4
            spammer@ -> REJECT s5
            spammer+exact@ -> REJECT s6
            spammer@fine.test -> OK
            order.test -> OK
            "s s"@outside.test -> REJECT s7
            t t@outside.test -> REJECT s8
            owner@outside.test -> REJECT s15
            lastlabel -> REJECT s9
            .lastlabel -> REJECT s10
            @outside.test -> REJECT s11
            EMPTY -> REJECT s12
            @ -> REJECT s13
            * -> REJECT s14
            """
        ),
        ("sender_hosts", "203.0.115 -> REJECT m1\n2001:db8:7 -> REJECT m2\n203.0.115.7 -> DUNNO"),
        (
            "recipients",
            """
            nomail@mbx.test -> REJECT t1
            nomail+yes@mbx.test -> OK
            deep.any.test -> REJECT t2
            .deep.any.test -> REJECT t3
            abuse@ -> REJECT t4
            abuse+kept@ -> REJECT t5
            @mbx.test -> REJECT t6
            "w w"@mbx.test -> REJECT t7
            v v@mbx.test -> REJECT t8
            nulls@mbx.test -> null_senders
            after+x@mbx.test -> fails_after
            before+x@mbx.test -> fails_before
            later+x@mbx.test -> fails_later
            last+x@mbx.test -> fails_last
            """
        ),
        ("logins", "mallory -> REJECT l1\n* -> REJECT l2"),
        ("null_senders", "<> -> REJECT n1\nMAILER-DAEMON -> REJECT n2\n* -> REJECT n3\nEMPTY -> REJECT n4"),
        ("fails_after", "after+x@mbx.test -> REJECT f1\nafter@mbx.test -> FAILS\nmbx.test -> FAILS"),
        ("fails_before", "before+x@mbx.test -> FAILS\nbefore@mbx.test -> REJECT f2"),
        ("fails_later", "later@mbx.test -> REJECT f3\nmbx.test -> FAILS\n.test -> FAILS"),
        ("fails_last", "last@ -> FAILS"),
    ]

    /// What an access table says if a row of it is found.
    static var refusals: [String] {
        tables.flatMap { $0.rows.split(separator: "\n") }.filter { $0.contains(" -> REJECT ") }
            .map { $0.components(separatedBy: " -> REJECT ")[1] }
    }

    /// Those of `refusals` that no dialogue may get.
    static let unreachable: Set<String> = [
        "c14", "c15", "h6", "h7", "h8", "s11", "s12", "s13", "s14", "t6", "l2", "n2", "n3", "n4", "f2", "key",
    ]
}
