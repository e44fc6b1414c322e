// What is said of a query that may keep something.

import Testing

@testable import TableAdvice

@Suite("Purity advice")
struct PurityAdviceTests {
    private func advice(
        _ impurities: [String?], isTrusted: Bool = false, kept: [String] = []
    ) -> PurityAdvice {
        PurityAdvice(
            hosts: impurities.enumerated().map { ("db\($0.offset)", $0.element) }, isTrusted: isTrusted,
            kept: kept)
    }

    @Test("One reason is said once, and with hosts where they differ")
    func verdicts() {
        #expect(advice([nil, nil]).verdict == "pure")
        #expect(advice([]).verdict == nil)
        #expect(advice(["f() may", "f() may"]).verdict == "f() may: each lookup by itself")
        #expect(advice([nil, "f() may"]).verdict == "at db1 f() may: each lookup by itself")
        #expect(
            advice(["g() may", "f() may"]).verdict == "at db0 g() may, at db1 f() may: each lookup by itself")
    }

    @Test("What is trusted costs nothing")
    func trust() {
        #expect(advice(["f() may"], isTrusted: true).findings.isEmpty)
        #expect(advice([nil]).findings.isEmpty)
        #expect(advice([nil], isTrusted: true).verdict == "taken for pure, as map_trust says")
        #expect(advice([nil, "f() may"]).findings.map(\.code) == [.keptApart])
    }

    @Test("Maps of which nothing is kept, though it should be, are named with the reason")
    func kept() {
        let findings = advice([nil, "f() may"], kept: ["aliases", "owners"]).findings
        #expect(findings.map(\.code) == [.nothingKept, .keptApart])
        #expect(findings[0].severity == .warning)
        #expect(
            findings[0].message.hasPrefix(
                "found `aliases`, `owners` in cache or stale_while_down, of which nothing is kept, as at db1 f() may;"
            ))
        #expect(advice([nil], kept: ["aliases"]).findings.isEmpty)
        #expect(advice(["f() may"], isTrusted: true, kept: ["aliases"]).findings.isEmpty)
    }
}
