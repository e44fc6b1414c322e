// The keys of each class, as Postfix has been recorded to ask for them.

import LookupSearch
import LookupValues
import Testing

@Suite("Orders of keys")
struct SearchOrderTests {
    private func site(
        delimiter: String = "+", parents: Set<String>? = nil, local: [String] = []
    ) -> PostfixFacts {
        var facts = PostfixFacts()
        facts.recipientDelimiter = Array(delimiter.utf8)
        if let parents { facts.parentDomainMatchesSubdomains = parents }
        facts.localDomains = LocalDomains(local)
        return facts
    }

    private func keys(_ parameter: String, _ key: String, _ facts: PostfixFacts) -> [String] {
        SearchOrder(SearchParameter(named: parameter)!, facts).keys(for: Array(key.utf8).span)
            .map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    @Test(
        "An address is followed by itself without the extension, by local parts if its domain is local, and by its domain",
        arguments: ["virtual_alias_maps", "canonical_maps", "virtual_mailbox_maps", "recipient_bcc_maps"])
    func addresses(parameter: String) {
        let facts = site(local: ["local.test", "[192.0.2.1]", "[IPv6:2001:db8::1]"])
        #expect(keys(parameter, "u+x@d.test", facts) == ["u+x@d.test", "u@d.test", "@d.test"])
        #expect(keys(parameter, "u@d.test", facts) == ["u@d.test", "@d.test"])
        #expect(
            keys(parameter, "u+x@LOCAL.test", facts)
                == ["u+x@LOCAL.test", "u@LOCAL.test", "u+x", "u", "@LOCAL.test"])
        #expect(
            keys(parameter, "u@[192.0.2.1]", facts) == ["u@[192.0.2.1]", "u", "@[192.0.2.1]"])
        #expect(
            keys(parameter, "u@[IPv6:2001:DB8:0::1]", facts)
                == ["u@[IPv6:2001:DB8:0::1]", "u", "@[IPv6:2001:DB8:0::1]"])
        #expect(keys(parameter, "u+x", facts) == ["u+x", "u"])
        #expect(keys(parameter, "<>", facts) == ["<>"])
        #expect(keys(parameter, "\"<>\"", facts) == ["\"<>\""])
        #expect(keys(parameter, "\"\"", facts) == ["\"\""])
        #expect(keys(parameter, "*", facts) == ["*"])
    }

    @Test(
        "An extension begins at the first delimiter, is never all of the local part, and is none of a system's address"
    )
    func extensions() {
        func bare(_ key: String, _ delimiter: String) -> String? {
            let found = keys("virtual_alias_maps", key, site(delimiter: delimiter))
            return found.count == 3 ? found[1] : nil
        }
        #expect(bare("a-b+c@d", "+-") == "a@d")
        #expect(bare("a+b-c@d", "-") == "a+b@d")
        #expect(bare("a+b@d", "") == nil)
        #expect(bare("+b@d", "+") == nil)
        #expect(bare("++b@d", "+") == nil)
        #expect(bare("a+@d", "+") == "a@d")
        #expect(bare("PostMaster+x@d", "+") == "PostMaster@d")
        #expect(bare("mailer-daemon@d", "-") == nil)
        #expect(bare("Double-Bounce@d", "-") == nil)
        #expect(bare("Owner-list@d", "-") == nil)
        #expect(bare("list-request@d", "-+") == nil)
        #expect(bare("owner-list+x@d", "+") == "owner-list@d")
        #expect(bare("-request@d", "-") == nil)
        #expect(bare("a-b+c@e@d", "-+") == "a@d")
        var facts = site(delimiter: "-")
        facts.ownerRequestSpecial = false
        #expect(keys("virtual_alias_maps", "owner-l@d", facts) == ["owner-l@d", "owner@d", "@d"])
    }

    @Test(
        "Quoted local parts stay quoted where they must be, and are asked for unquoted, too, except for rewriting"
    )
    func quotes() {
        #expect(
            keys("virtual_alias_maps", "\"a b+x\"@d", site()) == ["\"a b+x\"@d", "\"a b\"@d", "@d"])
        #expect(
            keys("virtual_mailbox_maps", "\"a b+x\"@d", site())
                == ["\"a b+x\"@d", "a b+x@d", "\"a b\"@d", "a b@d", "@d"])
        #expect(
            keys("virtual_mailbox_maps", "a b+x@d", site()) == ["a b+x@d", "a b@d", "@d"])
        #expect(
            keys("virtual_mailbox_maps", "\"u+a b\"@d", site())
                == ["\"u+a b\"@d", "u+a b@d", "u@d", "@d"])
        #expect(
            keys("virtual_mailbox_maps", "\"u@e\"@d", site(local: ["d"]))
                == ["\"u@e\"@d", "u@e@d", "\"u@e\"", "u@e", "@d"])
        #expect(keys("virtual_mailbox_maps", "\"open@d", site()) == ["\"open@d", "@d"])
    }

    @Test("A transport is searched for by the domain and what is above it, with dots as a rule")
    func transport() {
        #expect(
            keys("transport_maps", "u+x@a.b.c", site())
                == ["u+x@a.b.c", "u@a.b.c", "a.b.c", ".b.c", ".c"])
        #expect(
            keys("transport_maps", "u@a.b.c", site(parents: ["transport_maps"]))
                == ["u@a.b.c", "a.b.c", "b.c", "c"])
        #expect(keys("transport_maps", "*", site()) == ["*"])
    }

    @Test("Access by address goes from the address over the domain to the local part")
    func addressAccess() {
        #expect(
            keys("check_sender_access", "u+x@a.b", site())
                == ["u+x@a.b", "u@a.b", "a.b", "b", "u+x@", "u@"])
        #expect(
            keys("check_recipient_access", "u@a.b.c", site(parents: []))
                == ["u@a.b.c", "a.b.c", ".b.c", ".c", "u@"])
        #expect(keys("check_sender_access", "<>", site()) == ["<>"])
    }

    @Test("Access by host goes up a name, or through the networks of an address")
    func hostAccess() {
        #expect(keys("check_client_access", "a.b.c", site()) == ["a.b.c", "b.c", "c"])
        #expect(keys("check_client_access", "unknown", site()) == ["unknown"])
        #expect(
            keys("check_client_access", "127.0.0.1", site())
                == ["127.0.0.1", "127.0.0", "127.0", "127"])
        #expect(
            keys("check_sender_mx_access", "2001:db8::1:2", site())
                == ["2001:db8::1:2", "2001:db8::1", "2001:db8:", "2001:db8", "2001"])
        #expect(keys("check_helo_access", "192.0.2.7", site()) == ["192.0.2.7"])
        #expect(
            keys("check_helo_access", "[192.0.2.7]", site()) == ["[192.0.2.7]", "0.2.7]", "2.7]", "7]"])
        #expect(keys("check_helo_access", "a..b.", site()) == ["a..b.", ".b."])
    }

    @Test("A list of domains has its own style, and everything else is asked for as it is")
    func lists() {
        #expect(keys("relay_domains", "a.b.c", site()) == ["a.b.c", "b.c", "c"])
        #expect(keys("relay_domains", "a.b.c", site(parents: [])) == ["a.b.c", ".b.c", ".c"])
        #expect(keys("mynetworks", "192.0.2.1", site()) == ["192.0.2.1"])
        for parameter in SearchParameter.all where !parameter.searchClass.isSearched {
            #expect(keys(parameter.name, "u+x@a.b.c", site()) == ["u+x@a.b.c"])
        }
    }

    @Test(
        "The first key comes first, no key twice, and none is longer than the first one and a pair of quotes")
    func properties() {
        var random = SplitMix64(seed: 18)
        let alphabet = Array("ab+-.@\"\\ <>[]:1.@+A".utf8)
        let facts = site(delimiter: "+-", local: ["a", "b.a", "[1.1.1.1]"])
        for _ in 0..<500 {
            let key = (0..<Int.random(in: 1...24, using: &random)).map { _ in
                alphabet.randomElement(using: &random)!
            }
            for parameter in SearchParameter.all {
                let keys = Array(SearchOrder(parameter, facts).keys(for: key.span)).map(\.bytes)
                #expect(keys.first == key)
                #expect(Set(keys).count == keys.count)
                #expect(keys.count <= 2 * key.count + 8)
                #expect(keys.allSatisfy { !$0.isEmpty && $0.count <= 2 * key.count + 2 })
            }
        }
    }

    @Test("A name of five thousand labels is taken apart only as far as it is asked for")
    func laziness() {
        let name = Array(String(repeating: "a.", count: 5_000).utf8)
        var keys = SearchOrder(SearchParameter(named: "check_helo_access")!, site()).keys(for: name.span)
        #expect(keys.next()?.bytes == name)
        #expect(keys.next()?.bytes == Array(name[2...]))
        #expect(Array(keys).count == 4_998)
    }
}
