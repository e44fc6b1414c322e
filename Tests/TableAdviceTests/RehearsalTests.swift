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

    private func answer(
        _ sqlState: String?, _ message: String = "", hasMadeUpValue: Bool = true, isReadOnly: Bool = false
    ) -> Rehearsal.Answer {
        Rehearsal.answer(
            sqlState: sqlState, message: message, hasMadeUpValue: hasMadeUpValue, isReadOnly: { isReadOnly })
    }

    @Test("An error is an error, but not that of a write where lookups may write")
    func answers() {
        #expect(answer(nil) == .answered)
        #expect(answer("42501", "permission denied") == .failed)
        #expect(answer("57014", "timeout") == .failed)
        #expect(answer("", "lost") == .failed)
        #expect(answer("25006") == .notTried("it writes: not tried"))
        #expect(answer("25006", isReadOnly: true) == .failed)
    }

    @Test(
        "What a type says of a made-up value is the key's own",
        arguments: ["22P02", "22007", "22003", "23514"])
    func values(state: String) {
        #expect(
            answer(state, "no number")
                == .notTried("not tried, as a made-up key is no value for it (no number)"))
        #expect(answer(state, hasMadeUpValue: false) == .failed)
    }

    @Test("What else is wrong with data is the query's", arguments: ["2201B", "22012", "22023", "23505"])
    func data(state: String) {
        #expect(answer(state) == .failed)
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
