// Searches: the keys that follow from any key, and what becomes of any value.

internal import LookupSearch
internal import LookupValues

/// A key, the delimiters, a local domain, and a value.
func fuzzSearch(_ input: [UInt8]) {
    let parts = input.parts(4)
    var facts = PostfixFacts()
    facts.recipientDelimiter = Array(parts[1].prefix(4))
    facts.localDomains = LocalDomains([parts[2].text ?? "d.test"])
    facts.propagateUnmatchedExtensions = ["canonical", "virtual", "generic"]
    let key = Array(parts[0].prefix(600))
    for parameter in SearchParameter.all {
        let order = SearchOrder(parameter, facts)
        checkKeys(order, key)
    }
    let order = SearchOrder(SearchParameter(named: "virtual_alias_maps")!, facts)
    let value = Array(parts[3].prefix(2_000))
    for found in order.keys(for: key.span) {
        let answer = order.value(value, foundBy: found, for: key.span)
        if found.lacksExtension {
            // Each byte of the value may be an address, and gets the extension and quotes; each byte of it a backslash.
            let most = (value.count + 1) * (2 * key.count + 8) + 2 * value.count
            check(answer.count <= most, "\(answer.count) bytes of \(value.count)")
        } else {
            check(answer == value, "a value is changed though nothing was cut off")
        }
    }
}

private func checkKeys(_ order: SearchOrder, _ key: [UInt8]) {
    let keys = Array(order.keys(for: key.span)).map(\.bytes)
    check(key.isEmpty ? keys.isEmpty : keys.first == key, "\(keys) does not begin with \(key)")
    check(Set(keys).count == keys.count, "a key twice: \(keys)")
    check(keys.count <= key.count + 8, "\(keys.count) keys of \(key.count) bytes")
    check(keys.allSatisfy { !$0.isEmpty && $0.count <= 2 * key.count + 3 }, "a key that is too long")
    if !order.isSearched { check(keys.count <= 1, "\(keys) without a search") }
    // The search asks for these, in this order, whatever is together in a portion.
    for isSerial in [true, false] {
        var search = Search(for: key.span, by: order, tables: 1, isSerial: isSerial)
        var asked: [[UInt8]] = []
        loop: while true {
            switch search.next() {
            case .ask(let places):
                for place in places {
                    asked.append(search.question(at: place).key.bytes)
                    search.note(.notFound, at: place)
                }
            case .wait: fatalError("all outcomes are there")
            case .answer(let outcome, place: nil):
                check(outcome == .notFound, "\(outcome)")
                break loop
            case .answer: fatalError("nothing was found")
            }
        }
        check(asked == keys, "\(asked) in place of \(keys)")
    }
}
