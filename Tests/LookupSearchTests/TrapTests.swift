// What a search by Postfix's rules does in cases that are easily overlooked.

import LookupSearch
import LookupValues
import Testing

@Suite("Traps of searches")
struct TrapTests {
    private func keys(
        _ parameter: String, _ key: String, delimiter: String = "+", parents: Set<String>? = nil,
        local: [String] = []
    ) -> [String] {
        var facts = PostfixFacts()
        facts.recipientDelimiter = Array(delimiter.utf8)
        if let parents { facts.parentDomainMatchesSubdomains = parents }
        facts.localDomains = LocalDomains(local)
        return SearchOrder(SearchParameter(named: parameter)!, facts).keys(for: Array(key.utf8).span)
            .map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    @Test("The name of a system's address has no extension, whichever byte is a delimiter")
    func systemNames() {
        for name in ["postmaster", "Mailer-Daemon", "DOUBLE-BOUNCE"] {
            for delimiter in name.lowercased().dropFirst() {
                let found = keys("relocated_maps", "\(name)@d", delimiter: "\(delimiter)")
                #expect(found == ["\(name)@d", "@d"])
            }
        }
    }

    @Test("Postfix asks for no empty key: an address without a local part has none")
    func emptyLocalPart() {
        #expect(keys("virtual_alias_maps", "@local", local: ["local"]) == ["@local"])
        #expect(keys("check_sender_access", "@d") == ["@d", "d", "@"])
    }

    @Test("A dot at the end does not make a domain another one")
    func dotAtEnd() {
        #expect(keys("local_recipient_maps", "u@local.", local: ["local"]) == ["u@local.", "u", "@local."])
        #expect(keys("local_recipient_maps", "u@local..", local: ["local"]) == ["u@local..", "@local.."])
    }

    @Test(
        "Each list stands for itself in parent_domain_matches_subdomains, and all access tables for one",
        arguments: ["relay_domains", "mynetworks", "fast_flush_domains", "debug_peer_list"])
    func parentLists(list: String) {
        #expect(keys(list, "a.b", parents: [list]) == ["a.b", "b"])
        #expect(keys(list, "a.b", parents: ["smtpd_access_maps", "transport_maps"]) == ["a.b", ".b"])
        for access in ["check_client_access", "check_helo_access", "check_sender_ns_access"] {
            #expect(keys(access, "a.b", parents: ["smtpd_access_maps"]) == ["a.b", "b"])
            #expect(keys(access, "a.b", parents: [list, access]) == ["a.b", ".b"])
        }
    }

    @Test("An asterisk is asked for only by Postfix itself")
    func asterisk() {
        for parameter in SearchParameter.all {
            #expect(!keys(parameter.name, "u+x@a.b", local: ["a.b"]).contains("*"))
            #expect(keys(parameter.name, "*") == ["*"])
        }
    }

    @Test(
        "A comma or an @ within quotes parts nothing of a value that gets an extension",
        arguments: [
            ("\"a, b\"@e", "\"a, b+x\"@e"), ("\"a\\\", b\"@e, c", "\"a\\\", b+x\"@e, c+x"),
            ("\"a@b, c\"@e", "\"a@b, c+x\"@e"),
        ])
    func quotedCommas(_ value: String, _ expected: String) {
        var facts = PostfixFacts()
        facts.recipientDelimiter = Array("+".utf8)
        let order = SearchOrder(SearchParameter(named: "virtual_alias_maps")!, facts)
        let first = Array("u+x@d".utf8)
        let bare = Array(order.keys(for: first.span))[1]
        let got = order.value(Array(value.utf8), foundBy: bare, for: first.span)
        #expect(String(decoding: got, as: UTF8.self) == expected)
    }
}
