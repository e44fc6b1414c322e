// The keys of a table that stands in several parameters.

import LookupValues
import Testing

@testable import LookupSearch

@Suite("Keys of several parameters")
struct SharedKeysTests {
    private func shared(_ parameters: String..., key: String, atMost count: Int = 32) -> [String] {
        var facts = PostfixFacts()
        facts.recipientDelimiter = Array("+".utf8)
        let orders = parameters.map { SearchOrder(SearchParameter(named: $0)!, facts) }
        return orders.sharedKeys(for: Array(key.utf8).span, atMost: count)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("Those of one are all of them")
    func one() {
        #expect(shared("virtual_alias_maps", key: "u+x@d") == ["u+x@d", "u@d", "@d"])
    }

    @Test("Those of several are the ones that all have, in their order")
    func several() {
        #expect(shared("virtual_alias_maps", "transport_maps", key: "u+x@a.b") == ["u+x@a.b", "u@a.b"])
        #expect(shared("check_sender_access", "transport_maps", key: "u@a.b") == ["u@a.b", "a.b"])
        #expect(
            shared("virtual_alias_maps", "virtual_mailbox_maps", "check_recipient_access", key: "u@d") == [
                "u@d"
            ])
    }

    @Test("One that asks for the first key only leaves no other")
    func fullKey() {
        #expect(shared("transport_maps", "virtual_mailbox_domains", key: "u@d") == ["u@d"])
    }

    @Test("Too many are none but the first, and nothing is made of those beyond")
    func bound() {
        let name = Array(repeating: "a", count: 33).joined(separator: ".")
        #expect(shared("check_helo_access", key: name) == [name])
        #expect(shared("check_helo_access", key: String(name.dropFirst(2))).count == 32)
        let endless = String(repeating: ".", count: 5_000)
        #expect(shared("relay_domains", "check_helo_access", key: endless) == [endless])
    }

    @Test("The empty key is asked for in no parameter")
    func empty() {
        #expect(shared("virtual_alias_maps", "transport_maps", key: "") == [])
    }
}
