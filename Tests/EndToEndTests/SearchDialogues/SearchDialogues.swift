// What is said to the site whose tables are searched: addresses that are rewritten, looked for, and routed.

enum SearchDialogues {
    /// All but those in which a lookup fails.
    static let all = rewriting + address + transport + addressAccess + hostAccess + lists

    static let inside = "198.51.100.9 host.inside.test"

    private static let rewriting = [
        SearchDialogue.letter("alias, found at once", to: "hit@alias.test"),
        .letter("alias, found without its extension", to: "hit+ext@alias.test"),
        .letter("alias, in mixed case", to: "HIT+Ext@Alias.TEST"),
        .letter(
            "alias, whose extension has delimiters", to: "hit+a+b@alias.test", "hit-a@alias.test",
            "hit+a-b@alias.test"),
        .letter("alias, whose extension is empty", to: "hit+@alias.test"),
        .letter("alias with an extension of its own", to: "exact+ext@alias.test"),
        .letter("alias, other extension", to: "exact+other@alias.test"),
        .letter("alias of two rows", to: "list+ext@alias.test"),
        .letter("alias of three kinds of address", to: "several+ext@alias.test"),
        .letter("alias of an alias", to: "chain+ext@alias.test"),
        .letter("alias to a quoted address", to: "dotted.name+ext@alias.test"),
        .letter("alias to a quoted comma", to: "comma+ext@alias.test"),
        .letter("alias to a source route of old", to: "percent+ext@alias.test"),
        .letter("quoted alias with an @", to: "\"a@b\"@alias.test", "\"a@b+x\"@alias.test"),
        .letter("quoted alias with a blank", to: "\"c c\"@alias.test", "\"c c+x y\"@alias.test"),
        .letter("quotes that need not be", to: "\"hit\"@alias.test", "\"hit+q\"@alias.test"),
        .letter("extension with a blank", to: "\"hit+a b\"@alias.test"),
        .letter("catch-all beside a user", to: "named@catchall.test", "other@catchall.test"),
        .letter(
            "catch-all beside a user, with extensions", to: "named+x@catchall.test", "other+x@catchall.test"),
        .letter("moved domain", to: "user1@moved.test", "user1+x@moved.test"),
        .letter("moved domain, user of its own", to: "named+x@moved.test"),
        .letter("moved user", to: "semi@moved.test"),
        .letter("moved domain, quoted", to: "\"b b\"@moved.test", "\"b b+x\"@moved.test"),
        .letter("local aliases", to: "team@local.test", "team+x@local.test", "team+core@local.test"),
        .letter("local alias of an address literal", to: "team+x@[127.0.0.1]"),
        .letter("local alias elsewhere", to: "team@alias.test"),
        .letter(
            "owner and request", to: "owner-list@alias.test", "owner-news@alias.test",
            "news-request@alias.test"),
        .letter(
            "owner with an extension", to: "owner-list+x@alias.test", "owner-news+x@alias.test",
            "owner+x@alias.test"),
        SearchDialogue(
            "system names", to: "mailer-daemon@alias.test", "double-bounce@alias.test",
            "twice-bounced@alias.test", "Mailer-Daemon@alias.test"),
        .letter(
            "postmaster", to: "postmaster@alias.test", "postmaster+x@alias.test", "postmaster-x@alias.test"),
        SearchDialogue(
            "nothing before the delimiter", to: "+ext@alias.test", "++hit@alias.test", "+@alias.test"),
        SearchDialogue("nothing before the @", to: "@alias.test", "\"\"@alias.test", "@local.test"),
        SearchDialogue("a star is nobody", to: "*@alias.test", "*@local.test", "*"),
        SearchDialogue(
            "no such alias", to: "nobody@alias.test", "nobody+hit@alias.test", "hit.ext@alias.test"),
        .letter("canonical recipient", to: "nick+x@alias.test", "nick@alias.test"),
        .letter("canonical domain", to: "user1@old.test", "user2+x@old.test"),
        .letter("canonical local part", to: "short+x@local.test"),
        .letter(
            "canonical addresses of a header", from: "ann+x@inside.test", to: "user1@mbx.test",
            header:
                "From: Ann <ann+x@inside.test>|To: user2+y@old.test, short+z, short|Cc: Nick+q@Alias.test|Reply-To: \"q q+x\"@inside.test"
        ),
        .letter("canonical senders, quoted", from: "\"q q+x\"@inside.test", to: "user1@mbx.test"),
        .letter(
            "canonical senders, unquoted in the table", from: "\"q r+x\"@inside.test", to: "user1@mbx.test"),
        .letter(
            "canonical sender with a system name", from: "mailer-daemon@inside.test", to: "user1@mbx.test"),
        .letter("canonical sender with another", from: "double-bounce@inside.test", to: "user1@mbx.test"),
        .letter(
            "recipient_canonical", to: "former+x@mbx.test", "former+exact@mbx.test", "user2+x@renamed.test"),
        .letter(
            "sender_canonical, its catch-all beside a user", from: "bob+x@people.test", to: "user1@mbx.test",
            header: "From: bob+y@people.test"),
        .letter("sender_canonical, its catch-all", from: "carl+x@people.test", to: "user1@mbx.test"),
        .letter("sender_canonical, a moved user", from: "eve+x@moved.people.test", to: "user1@mbx.test"),
        .letter("sender_canonical, a moved domain", from: "fay+x@moved.people.test", to: "user1@mbx.test"),
        .letter(
            "generic addresses", client: inside, from: "ann+x@inside.test", to: "list+x@there.out.test",
            header: "From: ann+x@inside.test|To: list+x@there.out.test|Cc: someone+y@office.test"),
        .letter("generic catch-all", client: inside, from: "carl+x@people.test", to: "a@out.test"),
        .letter("generic @other", client: inside, from: "fay+x@moved.people.test", to: "b@sub.out.test"),
        .letter("generic, nothing found", client: inside, from: "gus+x@outside.test", to: "c+y@out.test"),
        .letter("null sender", from: "", to: "hit+x@alias.test"),
    ]

    private static let address = [
        SearchDialogue(
            "mailboxes", to: "user1@mbx.test", "user1+x@mbx.test", "User1+X@MBX.test", "nobody@mbx.test",
            "nobody+x@mbx.test"),
        SearchDialogue(
            "mailbox with an extension", to: "fixed+ext@mbx.test", "fixed@mbx.test", "fixed+other@mbx.test"),
        SearchDialogue(
            "mailboxes, quoted", to: "\"b b\"@mbx.test", "\"b b+x\"@mbx.test", "\"b  b\"@mbx.test",
            "\"user1\"@mbx.test"),
        SearchDialogue("mailboxes of a whole domain", to: "any@any.test", "a+b@any.test", "\"a b\"@any.test"),
        SearchDialogue(
            "relocated", to: "gone@mbx.test", "gone+x@mbx.test", "gone+kept@mbx.test", "Gone+X@mbx.test"),
        SearchDialogue("relocated domain", to: "a@closed.test", "stay+x@closed.test", "stay@closed.test"),
        SearchDialogue("relocated, local", to: "mover@local.test", "mover+x@local.test", "mover@alias.test"),
        SearchDialogue(
            "relay recipients", to: "known@relay.test", "known+x@relay.test", "other@relay.test",
            "known@sub.relay.test", "other@sub.relay.test"),
        SearchDialogue(
            "relay recipients of a domain", to: "a@secondary.test", "a@deep.dot.relay.test",
            "known@dot.relay.test"),
        SearchDialogue(
            "local users", to: "nobody@local.test", "nobody+x@local.test", "box@local.test",
            "box+x@local.test", "with+ext@local.test", "with@local.test", "other@local.test", "nobody"),
        SearchDialogue(
            "local users of an address literal", to: "nobody+x@[127.0.0.1]", "other@[127.0.0.1]",
            "box@[127.0.0.1]", "nobody@[127.0.0.2]"),
        SearchDialogue(
            "sender's owner", client: "203.0.113.6 pc.test alice", from: "user1@mbx.test",
            to: "user2@mbx.test"),
        SearchDialogue(
            "sender's owner, with an extension", client: "203.0.113.6 pc.test alice",
            from: "user1+x@mbx.test", to: "user2@mbx.test"),
        SearchDialogue(
            "sender's owner, of another extension", client: "203.0.113.6 pc.test alice",
            from: "user1+shared@mbx.test", to: "user2@mbx.test"),
        SearchDialogue(
            "sender's owners", client: "203.0.113.6 pc.test bob", from: "User2+x@mbx.test",
            to: "user2@mbx.test"),
        SearchDialogue(
            "sender's owner, quoted", client: "203.0.113.6 pc.test alice", from: "\"k k+x\"@any.test",
            to: "user2@mbx.test"),
        SearchDialogue(
            "sender's owner, unquoted in the table", client: "203.0.113.6 pc.test alice",
            from: "\"m m+x\"@any.test", to: "user2@mbx.test"),
        SearchDialogue(
            "domain's owner", client: "203.0.113.6 pc.test dora", from: "\"n n+x\"@any.test",
            to: "user2@mbx.test"),
        SearchDialogue(
            "local sender's owner", client: "203.0.113.6 pc.test alice", from: "nobody+x@local.test",
            to: "user2@mbx.test"),
        SearchDialogue(
            "not the sender's owner", client: "203.0.113.6 pc.test alice", from: "x@local.test",
            to: "user2@mbx.test"),
        .letter("copy of a sender's mail", from: "ann+x@watch.test", to: "user3@mbx.test"),
        .letter("copy of a domain's mail", from: "ben+x@watch.test", to: "user3@mbx.test"),
        .letter("copy of a recipient's mail", to: "copied+x@mbx.test", "user1@mbx.test"),
    ]

    private static let transport = [
        SearchDialogue.letter(
            "transport of an address", to: "special@mbx.test", "special+y@mbx.test", "special+x@mbx.test"),
        .letter("transport of a domain", to: "known@relay.test", "known+x@relay.test", "a@secondary.test"),
        .letter("transport of subdomains", client: inside, to: "a@sub.relay.test", "a@x.y.relay.test"),
        .letter(
            "transport of parents", client: inside, to: "a@b.c.example", "a@a.b.c.example", "a@x.c.example",
            "a@c.example", "a@d.example", "a@example"),
        SearchDialogue("closed domain", to: "a@dead.test", "a@sub.dead.test"),
        .letter("relay host of a sender", client: inside, from: "a+x@relaying.test", to: "a@elsewhere.test"),
        .letter(
            "relay host of one sender", client: inside, from: "vip+x@relaying.test", to: "b@elsewhere.test"),
        .letter("relay host of nobody", client: inside, from: "", to: "c@elsewhere.test"),
        .letter(
            "transport of a sender's domain", client: inside, from: "a+x@routed.test", to: "d@elsewhere.test"),
        .letter("transport of a sender", client: inside, from: "vip+y@routed.test", to: "e@elsewhere.test"),
        .letter(
            "transport of a sender's extension", client: inside, from: "vip+x@routed.test",
            to: "f@elsewhere.test"),
        .letter(
            "transport of no sender", client: inside, from: "plain@outside.test", to: "g+x@elsewhere.test"),
    ]
}
