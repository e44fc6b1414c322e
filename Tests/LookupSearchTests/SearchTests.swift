// A search whose outcomes come in any order, against one that asks one place after the other.

import LookupSearch
import LookupValues
import Testing

@Suite("Searches")
struct SearchTests {
    private func search(
        _ key: String, _ parameter: String = "check_helo_access", tables: Int = 1, isSerial: Bool = false
    ) -> Search {
        Search(
            for: Array(key.utf8).span, by: SearchOrder(SearchParameter(named: parameter)!, PostfixFacts()),
            tables: tables, isSerial: isSerial)
    }

    @Test(
        "Tables are inside, keys outside: the first table's catch-all does not beat the second one's address")
    func tablesInside() {
        var search = self.search("u@d", "virtual_alias_maps", tables: 2)
        #expect(search.next() == .ask(0..<4))
        #expect(search.question(at: 1).key.bytes == Array("u@d".utf8) && search.question(at: 1).table == 1)
        #expect(search.question(at: 2).key.bytes == Array("@d".utf8) && search.question(at: 2).table == 0)
        search.note(.found([1]), at: 2)
        search.note(.notFound, at: 0)
        #expect(search.next() == .wait)
        search.note(.found([2]), at: 1)
        #expect(search.next() == .answer(.found([2]), place: 1))
    }

    @Test("A list of domains is searched table by table")
    func tablesOutside() {
        var search = self.search("a.b", "relay_domains", tables: 2)
        #expect(search.next() == .ask(0..<4))
        let asked = (0..<4).map { search.question(at: $0) }
        #expect(asked.map(\.table) == [0, 0, 1, 1])
        #expect(asked.map { String(decoding: $0.key.bytes, as: UTF8.self) } == ["a.b", "b", "a.b", "b"])
        search.note(.found([1]), at: 2)
        search.note(.notFound, at: 0)
        search.note(.temporaryFailure("e"), at: 1)
        #expect(search.next() == .answer(.temporaryFailure("e"), place: 1))
    }

    @Test("An error ends the search unless an earlier place has been found")
    func errors() {
        for (first, expected) in [
            (LookupOutcome.notFound, Search.Step.answer(.temporaryFailure("e"), place: 1)),
            (.found([1]), .answer(.found([1]), place: 0)),
        ] {
            var search = self.search("a.b.c")
            #expect(search.next() == .ask(0..<3))
            search.note(.temporaryFailure("e"), at: 1)
            #expect(search.next() == .wait)
            search.note(first, at: 0)
            #expect(search.next() == expected)
        }
    }

    @Test("A search in order asks for nothing before all that comes before it is not found")
    func serial() {
        var search = self.search("a.b", tables: 2, isSerial: true)
        for place in 0..<4 {
            #expect(search.next() == .ask(place..<place + 1))
            #expect(search.next() == .wait)
            search.note(.notFound, at: place)
        }
        #expect(search.next() == .answer(.notFound, place: nil))
    }

    @Test("Many keys go in portions", arguments: [1, 3, 40])
    func portions(tables: Int) {
        var search = self.search(String(repeating: "a.", count: 126) + "a", tables: tables)
        var asked = 0
        while case .ask(let places) = search.next() {
            #expect(places.lowerBound == asked && places.count < 32 + tables)
            #expect(places.count.isMultiple(of: tables))
            asked = places.upperBound
            for place in places.reversed() { search.note(.notFound, at: place) }
        }
        #expect(asked == 127 * tables)
    }

    @Test("A key of more parts than any line of SMTP has fails, but not before an earlier part is found")
    func limit() {
        for found in [nil, 1_000] as [Int?] {
            var search = self.search(String(repeating: "a.", count: 5_000))
            var asked = 0
            var answer: Search.Step?
            while answer == nil {
                switch search.next() {
                case .ask(let places):
                    asked = places.upperBound
                    for place in places { search.note(place == found ? .found([1]) : .notFound, at: place) }
                case .wait: Issue.record("nothing is pending")
                case .answer(let outcome, let place): answer = .answer(outcome, place: place)
                }
            }
            if let found {
                #expect(answer == .answer(.found([1]), place: found))
            } else if case .answer(.temporaryFailure, place: nil) = answer {
                #expect(asked < 1_100 + 32)
            } else {
                Issue.record("\(String(describing: answer))")
            }
        }
    }

    @Test("Whatever the order of outcomes, the answer is that of asking one after the other")
    func anyOrder() {
        var random = SplitMix64(seed: 180)
        for _ in 0..<3_000 {
            let tables = Int.random(in: 1...3, using: &random)
            let labels = Int.random(in: 1...40, using: &random)
            let isSerial = Bool.random(using: &random)
            let outcomes = (0..<labels * tables).map { place -> LookupOutcome in
                switch Int.random(in: 0..<30, using: &random) {
                case 0: .found([UInt8(place % 250)])
                case 1: .temporaryFailure("\(place)")
                default: .notFound
                }
            }
            let name = String(repeating: "a.", count: labels - 1) + "a"
            var search = self.search(name, tables: tables, isSerial: isSerial)
            var asked = 0
            var pending: [Int] = []
            var answer: LookupOutcome?
            while answer == nil {
                switch search.next() {
                case .ask(let places):
                    asked = places.upperBound
                    pending += places
                case .wait:
                    let place = pending.remove(at: Int.random(in: pending.indices, using: &random))
                    search.note(outcomes[place], at: place)
                case .answer(let outcome, let place):
                    #expect(place.map { outcomes[$0] } ?? .notFound == outcome)
                    answer = outcome
                }
            }
            #expect(answer == outcomes.first { $0 != .notFound } ?? .notFound)
            let decisive = outcomes.firstIndex { $0 != .notFound } ?? outcomes.count - 1
            if isSerial { #expect(asked == decisive + 1) }
        }
    }
}
