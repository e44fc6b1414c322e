// Values that are found without the extension, as Postfix's rewriting makes addresses of them.

import LookupSearch
import LookupValues
import Testing

@Suite("Values of searches")
struct FoundValueTests {
    /// The value that a search for `key` gives if the table has `value` for its key number `place`.
    private func value(
        _ value: String, at place: Int, of key: String, _ parameter: String = "virtual_alias_maps",
        propagate: Set<String> = ["canonical", "virtual"]
    ) -> String {
        var facts = PostfixFacts()
        facts.recipientDelimiter = Array("+".utf8)
        facts.propagateUnmatchedExtensions = propagate
        facts.localDomains = LocalDomains(["local"])
        let order = SearchOrder(SearchParameter(named: parameter)!, facts)
        let first = Array(key.utf8)
        let keys = Array(order.keys(for: first.span))
        return String(
            decoding: order.value(Array(value.utf8), foundBy: keys[place], for: first.span), as: UTF8.self)
    }

    @Test(
        "The extension goes before the last @ of each address, and into its quotes",
        arguments: [
            ("mbox@e", "mbox+X@e"), ("mbox", "mbox+X"), ("a@e, b@f", "a+X@e, b+X@f"), ("a@e,b", "a+X@e, b+X"),
            ("\"b b\"@e", "\"b b+X\"@e"), ("\"b@c\"@e", "\"b@c+X\"@e"), ("Name <a@e>", "a+X@e"),
            ("a@e (one, two)", "a+X@e"), ("group: a@e, b@f;", "a+X@e, b+X@f"), ("user%e", "user+X%e"),
            ("a@[192.0.2.1]", "a+X@[192.0.2.1]"), ("", ""), (" a@e ", "a+X@e"),
            // Words without a mark between them are addresses of their own.
            ("a b@e", "a+X, b+X@e"), ("a@e b@f", "a+X@e, b+X@f"), ("a (or) b@e", "a+X, b+X@e"),
            ("\"a\"b@e", "a+X, b+X@e"), ("Name <a@e> b@f", "a+X@e, b+X@f"), ("<a@e> <b@f>", "a+X@e, b+X@f"),
            ("a<b@e>c", "b+X@e, c+X"), ("a>b@e", "a+X, b+X@e"), ("<\"a b\"@e>", "\"a b+X\"@e"),
            // Only an `@` outside of quotes is followed by the domain.
            ("\"b@c\"", "\"b@c+X\""), ("\"b%c\"", "\"b%c+X\""), ("\"unclosed@e", "\"unclosed@e+X\""),
            ("a\\@b@e", "\"a@b+X\"@e"), ("(unclosed a@e", "(unclosed a@e"), ("a@(e)f", "a+X@f"),
            // As trivial-rewrite(8) reads them, before the extension comes in.
            ("a%b%e", "\"a%b+X\"%e"), ("a%b@e", "a%b+X@e"), ("e!user", "e!user+X"), ("e!a!b", "e!\"a!b+X\""),
            ("b@f, @r:a@e", "b+X@f, a+X@e"), ("<@r,@s:a@e>", "a+X@e"),
            // Strange ones are kept.
            ("a@e:b@f", "\"a@e:b+X\"@f"), ("Name:", "\"Name:+X\""), ("<a@e", "\"<a+X\"@e"), ("a@", "a+X@"),
            ("a@e@f", "\"a@e+X\"@f"), ("<>", "+X"), ("\"\"@e", "+X@e"), ("a . b @ e", "a.b+X@e"),
            ("g:;", "g:;"), (",", ","), ("x, g: a@e, b@f;, c@d", "x+X, a+X@e, b+X@f, c+X@d"),
        ])
    func extensions(_ found: String, _ expected: String) {
        #expect(value(found, at: 1, of: "User+X@d") == expected)
        #expect(value(found, at: 1, of: "User+X@d", "canonical_maps") == expected)
        // Found with it, or by the domain: nothing is missing.
        #expect(value(found, at: 0, of: "User+X@d") == found)
        #expect(value(found, at: 2, of: "User+X@d") == found)
        // A local part without its extension.
        #expect(value(found, at: 3, of: "User+X@local") == expected)
        #expect(value(found, at: 2, of: "User+X@local") == found)
    }

    @Test("Nothing is added where Postfix propagates nothing")
    func unpropagated() {
        #expect(value("mbox@e", at: 1, of: "u+x@d", propagate: ["canonical"]) == "mbox@e")
        #expect(value("mbox@e", at: 1, of: "u+x@d", "smtp_generic_maps") == "mbox@e")
        #expect(
            value("mbox@e", at: 1, of: "u+x@d", "smtp_generic_maps", propagate: ["generic"]) == "mbox+x@e")
        #expect(value("mbox@e", at: 1, of: "u+x@d", "virtual_mailbox_maps") == "mbox@e")
        #expect(value("mbox@e", at: 1, of: "u+x@d", "recipient_bcc_maps") == "mbox@e")
    }

    @Test("An extension with a mark in it brings no domain")
    func marksInExtensions() {
        #expect(value("mbox", at: 1, of: "u+a%b@d") == "\"mbox+a%b\"")
        #expect(value("mbox@e", at: 1, of: "u+a%b@d") == "mbox+a%b@e")
        #expect(value("mbox", at: 1, of: "u+a!b@d") == "\"mbox+a!b\"")
        #expect(value("mbox, x@e", at: 1, of: "\"u+a,b@c\"@d") == "\"mbox+a,b@c\", \"x+a,b@c\"@e")
    }

    @Test("A value that is only a domain gets the local part that Postfix would put before it")
    func otherDomain() {
        // Postfix puts the whole local part before it.
        #expect(value("@other", at: 2, of: "u+x@d") == "@other")
        #expect(value("@other", at: 2, of: "u+x@d", propagate: []) == "@other")
        #expect(value("@other", at: 1, of: "u+x@d") == "u+x@other")
        #expect(value("@other b", at: 1, of: "u+x@d") == "u+x@other, b+x")
        #expect(value("@other", at: 1, of: "u+x@d", propagate: []) == "u@other")
        #expect(value("@other", at: 1, of: "\"a b+x\"@d", propagate: []) == "\"a b\"@other")
        #expect(value("@other", at: 1, of: "\"a b+x\"@d") == "\"a b+x\"@other")
    }
}
