// Mail goes where it goes with Postfix's own search if mapmux searches and answers the first key.

import Foundation
import LookupSearch
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Values of searches, by Postfix", .serialized)
    struct SearchValueTests {
        @Test(
            "Postfix makes the same addresses of a value for the first key as of one that it searches",
            arguments: ["canonical, virtual", ""],
            ["virtual_alias_maps", "canonical_maps"])
        func rewriting(_ classes: String, _ parameter: String) throws {
            let cases = RewritingCase.all(parameter)
            var facts = PostfixFacts()
            facts.recipientDelimiter = Array("+".utf8)
            facts.propagateUnmatchedExtensions = Set(classes.split(separator: ", ").map(String.init))
            facts.localDomains = LocalDomains(["local.test", "origin.test"])
            let order = SearchOrder(try #require(SearchParameter(named: parameter)), facts)
            var walked: [String: String] = [:]
            var searched: [String: String] = [:]
            for one in cases {
                let first = Array(one.address.utf8)
                let keys = Array(order.keys(for: first.span))
                let key = try #require(keys.count > one.place ? keys[one.place] : nil, "\(one)")
                let value = order.value(Array(one.value.utf8), foundBy: key, for: first.span)
                walked[String(decoding: key.bytes, as: UTF8.self).lowercased()] = one.value
                searched[one.address.lowercased()] = String(decoding: value, as: UTF8.self)
            }
            let addresses = cases.map(\.address)
            let stock = try RewritingScene([parameter: walked], propagating: classes).results(of: addresses)
            let ours = try RewritingScene([parameter: searched], propagating: classes).results(of: addresses)
            for (one, (stock, ours)) in zip(cases, zip(stock, ours)) where stock != ours {
                Issue.record(
                    """
                    \(one.address) by key \(one.place): \(one.value)
                    became \(searched[one.address.lowercased()] ?? "")
                    stock: \(stock)
                    here:  \(ours)
                    """)
            }
        }
    }
}
