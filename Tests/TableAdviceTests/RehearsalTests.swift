// What a query is asked for to see whether it is answered, and what comes of it.

import Testing

@testable import TableAdvice

@Suite("Rehearsals")
struct RehearsalTests {
    @Test("The key has nine labels, and can't exist")
    func key() {
        let key = String(decoding: Rehearsal.key, as: UTF8.self)
        #expect(key.hasSuffix(".invalid") && key.split(separator: "@")[1].split(separator: ".").count == 9)
    }

    @Test("A type that takes any text has no example of its own")
    func examples() {
        #expect(Rehearsal.example(ofType: "inet") == "192.0.2.1")
        #expect(Rehearsal.example(ofType: "bigint") == "-1")
        for type in ["text", "character varying", "citext", "public.mood"] {
            #expect(Rehearsal.example(ofType: type) == nil)
        }
    }

    @Test("An error is an error, but not that of a write, nor the key's own")
    func answers() {
        #expect(Rehearsal.answer(sqlState: nil, message: "") == .answered)
        #expect(Rehearsal.answer(sqlState: "42501", message: "permission denied") == .failed)
        #expect(Rehearsal.answer(sqlState: "57014", message: "timeout") == .failed)
        #expect(Rehearsal.answer(sqlState: "", message: "lost") == .failed)
        #expect(Rehearsal.answer(sqlState: "25006", message: "") == .notTried("it writes: not tried"))
        #expect(
            Rehearsal.answer(sqlState: "22P02", message: "no number")
                == .notTried("not tried, as a made-up key is no value for it (no number)"))
    }

    @Test("What was not tried is prepared, not ok, and hosts are named where they differ")
    func states() {
        func advice(_ reasons: [String?]) -> RehearsalAdvice {
            RehearsalAdvice(hosts: reasons.enumerated().map { ("db\($0.offset)", $0.element) })
        }
        #expect(advice([nil, nil]).state == "ok" && advice([nil, nil]).findings.isEmpty)
        #expect(advice(["it writes", "it writes"]).objection == "it writes")
        #expect(advice([nil, "it writes"]).objection == "at db1 it writes")
        #expect(advice([nil, "it writes"]).state == "prepared")
        #expect(advice(["it writes"]).findings.map(\.code) == [.notTried])
    }
}
