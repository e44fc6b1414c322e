// What notifications say.

import LookupValues
import Testing

@testable import AnswerCache
@testable import ChangeTriggers

@Suite("Change notices")
struct ChangeNoticeTests {
    private let recipe = KeyRecipe(parts: [.init(column: 1, isLower: true)])
    private let pair = KeyRecipe(parts: [.init(column: 5, isLower: false), .init(column: 6, isLower: false)])

    @Test("A payload names a relation, and all of its keys or some")
    func payloads() {
        #expect(ChangeNotice("v1 16384 all") == .changed(relation: 16384, keys: nil))
        #expect(ChangeNotice("v1 16384") == .changed(relation: 16384, keys: []))
        #expect(
            ChangeNotice("v1 16384 l1:00000000000000ff 5+6:ffffffffffffffff")
                == .changed(
                    relation: 16384,
                    keys: [ChangedKey(recipe: recipe, hash: 255), ChangedKey(recipe: pair, hash: .max)]))
    }

    @Test(
        "What is not understood counts as a change of everything",
        arguments: [
            "", "v1", "v2 16384 all", "v1 x all", "v1 -5 all", "v1 4294967296 all", "v1 16384 all all",
            "16384",
            "v1 16384 1:00", "v1 16384 1:0000000000000000f", "v1 16384 1:+00000000000000f", "v1 16384 :",
            "v1 16384 x1:00000000000000ff", "v1 16384 +1:00000000000000ff", "v1 16384 01:00000000000000ff",
            "v1 16384 1+:00000000000000ff", "v1 16384 1:00000000000000ff all", "beat 7",
            "v1 16384 1:00000000000000ff" + String(repeating: " ", count: 8_000),
        ])
    func unknown(payload: String) {
        #expect(ChangeNotice(payload) == .unknown)
    }

    @Test(
        "A table is told of keys of its own recipe, of any change if it has none, and of nothing if it is not proven"
    )
    func changes() {
        func finding(_ verdict: NotificationFinding.Verdict, _ recipe: KeyRecipe?) -> NotificationFinding {
            let needs = RelationNeeds(relation: 7, schema: "s", name: "t", columns: [], recipe: recipe)
            return NotificationFinding(verdict: verdict, needs: [needs])
        }
        let key = NotifiedKey(parameters: [0])
        let findings = NotificationFindings(
            tables: [
                finding(.proven(key: key), recipe), finding(.proven(key: key), pair),
                finding(.proven(key: nil), nil),
                finding(.unproven(reason: ""), recipe),
            ], look: "", value: "", isSettled: true)
        let proof = TargetProof(findings, tables: [10, 11, 12, 13], writers: [])
        #expect(proof.tables[13]?.bypass == .triggers)
        func told(_ payload: String) -> [Int: [UInt64]?] {
            guard case .changed(let relation, let keys) = ChangeNotice(payload) else { return [:] }
            var heard = HeardChanges()
            heard.add(ChangedRows(relation: relation, named: keys), [proof])
            return heard.take([10, 11, 12, 13], isWhole: true, now: Instant(nanoseconds: 0))
                .reduce(into: [:]) { told, news in
                    if case .changed(let table, let keys) = news { told.updateValue(keys, forKey: table) }
                }
        }
        #expect(told("v1 7 l1:00000000000000ff l1:0000000000000001") == [10: [1, 255], 12: nil])
        #expect(told("v1 7") == [12: nil])
        #expect(told("v1 7 all") == [10: nil, 11: nil, 12: nil])
        #expect(told("v1 8 all") == [:])
    }
}
