// Addresses that a table gives new ones for, and what the new ones look like.

import LookupSearch

struct RewritingCase: Sendable {
    let parameter: String
    /// As it stands in the message, within `<>`: the first key of the search.
    let address: String
    /// Which of the keys is in the table.
    let place: Int
    let value: String

    /// Each value by the key without the extension, of a plain address or a hard one; those that are only a domain, by all keys.
    static func all(_ parameter: String) -> [RewritingCase] {
        var cases: [RewritingCase] = []
        func add(_ local: String, at domain: String, place: Int, _ value: String) {
            let address = "\(local)@\(domain)".replacing("N", with: "\(cases.count)")
            cases.append(RewritingCase(parameter: parameter, address: address, place: place, value: value))
        }
        for (number, value) in values.enumerated() {
            let local = number.isMultiple(of: 2) ? "UserN+Ext" : locals[number / 2 % locals.count]
            add(local, at: "out.test", place: 1, value)
        }
        for local in locals {
            for value in ["@other.test", "\"b b\"@e.test, c@f.test"] {
                for place in 0...2 { add(local, at: "OutN.test", place: place, value) }
                for place in 2...3 { add(local, at: "local.test", place: place, value) }
            }
        }
        return cases
    }

    private static let locals = [
        "\"a bN+x\"", "\"aN+x y\"", "\"uN+b@c\"", "\"uN+\\\"x\"", "uN+a+b", "\"uN\\\\+x\"", "uN+",
        "\"aN..+x\"", "aN.+x",
        "ÜN+ä", "u%vN+x", "\"a@bN+x\"", "\"(aN)+(x)\"",
        "uN+a%b.test", "uN+a!b", "\"uN+a,b\"", "\"uN+<x>\"",
    ]

    private static let values = [
        "mbox@e.test", "mbox", "a@e.test, b@f.test", "a@e.test,b@f.test", "\"b b\"@e.test", "\"b@c\"@e.test",
        "Name <a@e.test>", "a@e.test (one, two)", "group: a@e.test, b@f.test;", "user%e.test",
        "a@[192.0.2.1]",
        "@other.test", "@other.test, a@e.test", " a@e.test ", " @other.test", " ", ",", "@", "@a@b",
        "mbox+y@e.test",
        "\"b+y\"@e.test", "a b@e.test", "a@e.test b@f.test", "<a@e.test>", "<@r.test:a@e.test>",
        "a@e.test,,b@f.test", "\\\"q@e.test", "\"unclosed@e.test", "(comment)", "(unclosed a@e.test",
        "a@e.test;b@f.test",
        "ü@bücher.test", "a!b@e.test", "a.@e.test", ".a@e.test", "a..b@e.test", "mbox@e.test.",
        "@other.test.",
        "\"a\\\"b\"@e.test", "\"a\\\\b\"@e.test", "a@", "a@e@f.test", "\"\"@e.test", "a@e.test b",
        "first last <a@e.test>", "\"First, Last\" <a@e.test>, b@f.test", "a<b@e.test>c", "Name:", "g:;",
        "a@e.test:b@f.test",
        "a@(c)e.test", "a @ e.test", "a . b @ e.test", "a+@e.test", "USER%E.test", "e!user", "\"b b\"",
        "\"b@c\"",
        "a%b%c.test", "a%b@c.test", "[192.0.2.1]", "a@[IPv6:2001:db8::1]", "a [b] c@e.test", "a\tb@e.test",
        "<a@e.test",
        "a>b@e.test", "\"a%b\"", "@[192.0.2.1]", "@other.test (comment)", "@other.test b@f.test", "@\"q\"",
        "@r.test:a@e.test",
        "a%b.test", "a!b%c.test", "a!b@c.test", "e.test!\"b b\"", "\"b b\"%e.test", "a!b!c", "/etc/passwd",
        "|program", ":include:/file", "a(b)c@e.test", "\"a\"b@e.test", "\"a\".\"b\"@e.test", "a\\ b@e.test",
        "<a@e.test>,<b@f.test>", "<a b@e.test>", "<\"a b\"@e.test>", "<a@e.test> <b@f.test>",
        "Name <a@e.test> b@f.test",
    ]
}
