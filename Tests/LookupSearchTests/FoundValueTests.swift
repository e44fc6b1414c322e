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

    @Test("A value that is only a domain gets the local part that Postfix would put before it")
    func otherDomain() {
        // Postfix puts the whole local part before it.
        #expect(value("@other", at: 2, of: "u+x@d") == "@other")
        #expect(value("@other", at: 1, of: "u+x@d") == "@other")
        #expect(value("@other", at: 1, of: "u+x@d", propagate: []) == "u@other")
        #expect(value("@other", at: 2, of: "u+x@d", propagate: []) == "@other")
        #expect(value("@other", at: 1, of: "\"a b+x\"@d", propagate: []) == "\"a b\"@other")
    }
}
