// The rows of each table of the site whose tables are searched.

import Foundation

enum SearchRows {
    /// A line a row: `pattern -> value`. `FAILS` makes the query fail. `EMPTY` is the empty pattern.
    static let tables: [(name: String, rows: String)] =
        [
            (
                "canonical",
                """
                ann@inside.test -> ann.smith@office.test
                nick@alias.test -> hit@alias.test
                @old.test -> @mbx.test
                short -> user1@mbx.test
                EMPTY -> empty@office.test
                * -> star@office.test
                "q q"@inside.test -> "quoted person"@office.test
                q r@inside.test -> unquoted@office.test
                mailer@inside.test -> split@office.test
                double@inside.test -> split@office.test
                """
            ),
            (
                "sender_domains",
                """
                @people.test -> nobody@catchall.office.test
                @moved.people.test -> @office.test
                """
            ),
            (
                "sender_users",
                """
                bob@people.test -> bob.builder@office.test
                eve@moved.people.test -> @eve.office.test
                bad@people.test -> FAILS
                """
            ),
            (
                "recipient_canonical",
                """
                former@mbx.test -> user1@mbx.test
                former+exact@mbx.test -> user3@mbx.test
                @renamed.test -> @mbx.test
                """
            ),
            (
                "alias_domains_moved",
                """
                @catchall.test -> user2@mbx.test
                @moved.test -> @mbx.test
                broken+x@alias.test -> FAILS
                stopped+x@alias.test -> user3@mbx.test
                """
            ),
            (
                "aliases",
                """
                hit@alias.test -> user1@mbx.test
                list@alias.test -> user1@mbx.test
                list@alias.test -> user2@mbx.test
                several@alias.test -> user1@mbx.test, "b b"@mbx.test, postbox
                exact@alias.test -> user1@mbx.test
                exact+ext@alias.test -> user2@mbx.test
                chain@alias.test -> hit@alias.test
                owner@alias.test -> user2@mbx.test
                owner-list@alias.test -> user3@mbx.test
                news@alias.test -> user2@mbx.test
                mailer@alias.test -> user2@mbx.test
                double@alias.test -> user2@mbx.test
                twice@alias.test -> user2@mbx.test
                postmaster@alias.test -> user1@mbx.test
                "a@b"@alias.test -> user3@mbx.test
                a@b@alias.test -> user2@mbx.test
                "c c"@alias.test -> user3@mbx.test
                dotted.name@alias.test -> "user.with space"@any.test
                comma@alias.test -> "a, b"@any.test, Name <user1@mbx.test>
                percent@alias.test -> user2%mbx.test
                named@catchall.test -> user1@mbx.test
                named@moved.test -> user2@mbx.test
                semi@moved.test -> @mbx.test
                team -> user1@mbx.test, user2@mbx.test
                team+core -> user3@mbx.test
                hit -> user3@mbx.test
                EMPTY -> user3@mbx.test
                * -> user3@mbx.test
                broken@alias.test -> user1@mbx.test
                stopped+x@alias.test -> FAILS
                unclear+x@alias.test -> FAILS
                unclear@alias.test -> user1@mbx.test
                """
            ),
            (
                "generic",
                """
                ann.smith@office.test -> ann@public.test
                @office.test -> @everybody.test
                nobody@catchall.office.test -> catchall@public.test
                list@there.out.test -> list@elsewhere.out.test
                """
            ),
            (
                "relocated",
                """
                gone@mbx.test -> gone@new.test
                gone+kept@mbx.test -> kept@new.test
                @closed.test -> anybody@new.test
                stay@closed.test -> stay@new.test
                mover -> mover@new.test
                EMPTY -> empty@new.test
                * -> star@new.test
                """
            ),
            ("sender_bcc", "@watch.test -> user2@mbx.test\nann@watch.test -> user1@mbx.test"),
            ("recipient_bcc", "copied@mbx.test -> audit@relay.test\n* -> star@relay.test"),
            ("relayhosts", "@relaying.test -> hub1\nvip@relaying.test -> hub2\n<> -> hub0"),
            (
                "sender_transports",
                """
                @routed.test -> ledger:all
                vip@routed.test -> ledger:vip
                vip+x@routed.test -> ledger:exact
                * -> ledger:star
                """
            ),
            (
                "local_users",
                "nobody -> x\nbox@local.test -> x\nwith+ext -> x\npostbox -> x\nEMPTY -> x\nteam -> x"
            ),
            ("mailbox_catchalls", "@any.test -> x\n@closed.test -> x"),
            (
                "mailboxes",
                """
                user1@mbx.test -> x
                user2@mbx.test -> x
                user3@mbx.test -> x
                copied@mbx.test -> x
                special@mbx.test -> x
                fixed+ext@mbx.test -> x
                b b@mbx.test -> x
                """
            ),
            (
                "relay_recipients",
                """
                known@relay.test -> x
                known@sub.relay.test -> x
                audit@relay.test -> x
                @secondary.test -> x
                @deep.dot.relay.test -> x
                known -> x
                """
            ),
            (
                "sender_logins",
                """
                user1@mbx.test -> alice
                user1+shared@mbx.test -> bob
                user2@mbx.test -> alice
                user2@mbx.test -> bob
                @any.test -> dora
                "k k"@any.test -> alice
                m m@any.test -> alice
                nobody -> alice
                @local.test -> bob
                """
            ),
            (
                "transports",
                """
                relay.test -> ledger:relay
                .relay.test -> ledger:below-relay
                special@mbx.test -> ledger:special
                special+x@mbx.test -> ledger:exact
                secondary.test -> ledger:secondary
                b.c.example -> ledger:bare-c
                .c.example -> ledger:dot-c
                example -> ledger:bare-example
                .example -> ledger:dot-example
                dead.test -> error:5.7.1 closed
                out.test -> out:[127.0.0.1]
                .out.test -> out:[127.0.0.1]
                there.out.test -> out:[127.0.0.1]
                failing.example -> FAILS
                """
            ),
        ] + accessTables

    static var schema: String {
        let values = tables.flatMap { table in
            table.rows.split(separator: "\n").map { line in
                let parts = line.components(separatedBy: " -> ")
                let pattern = parts[0] == "EMPTY" ? "" : parts[0]
                return "('\(table.name)', '\(pattern)', '\(parts[1])', \(parts[1] == "FAILS" ? 0 : 1))"
            }
        }
        return """
            CREATE TABLE entries (number serial, map text, pattern text, value text, divisor int);
            CREATE INDEX ON entries (map, pattern);
            INSERT INTO entries (map, pattern, value, divisor) VALUES \(values.joined(separator: ",\n"));
            """
    }
}
