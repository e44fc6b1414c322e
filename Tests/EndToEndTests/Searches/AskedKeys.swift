// The keys that one question has brought, by the program that asked and the parameter of the table.

import LookupSearch
import TestSupport

struct AskedKeys: Sendable {
    let question: String
    private var keys: [String: [[UInt8]]] = [:]

    /// How many keys there are.
    var count: Int { keys.values.map(\.count).reduce(0, +) }

    init(_ question: String, _ lookups: [ProxymapRecorder.Lookup]) {
        self.question = question
        // trivial-rewrite(8) asks for `*` by the clock.
        for lookup in lookups where lookup.key != Array("*".utf8) {
            // pgsql:/parameter/number
            let parameter = lookup.table.split(separator: "/")[1]
            keys["\(lookup.program) \(parameter)", default: []].append(lookup.key)
        }
    }

    /// With each key replaced by those of its search, folded: Postfix does not fold what it asks of a socketmap.
    func searched(_ facts: PostfixFacts) -> AskedKeys {
        var result = self
        result.keys = [:]
        for (source, asked) in keys {
            let parameter = String(source.split(separator: " ")[1])
            guard let known = SearchParameter(named: parameter) else { continue }
            let order = SearchOrder(known, facts)
            result.keys[source] = asked.flatMap { key in
                order.keys(for: key.span).map {
                    Array(String(decoding: $0.bytes, as: UTF8.self).lowercased().utf8)
                }
            }
        }
        return result
    }

    /// What is different in the order of the keys, each counted where it comes first. It does not matter to a program that asks only
    /// whether there is anything.
    func differences(from other: AskedKeys) -> [String] {
        Set(keys.keys).union(other.keys.keys).sorted().compactMap { source in
            var (mine, others) = (Self.firsts(keys[source] ?? []), Self.firsts(other.keys[source] ?? []))
            let words = source.split(separator: " ").map(String.init)
            if RecordedWalks.validates(words[1], words[0]) {
                mine.sort { $0.lexicographicallyPrecedes($1) }
                others.sort { $0.lexicographicallyPrecedes($1) }
            }
            guard mine != others else { return nil }
            let texts = [mine, others].map {
                $0.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " | ")
            }
            return "\(source): \(texts[0])\n    instead of \(texts[1])"
        }
    }

    private static func firsts(_ keys: [[UInt8]]) -> [[UInt8]] {
        var seen: Set<[UInt8]> = []
        return keys.filter { seen.insert($0).inserted }
    }
}
