// What is said of how answers are kept.

import Testing

@testable import TableAdvice

@Suite("Advice on kept answers")
struct CacheAdviceTests {
    private func advice(
        kept: [String] = [], givenInOutages: [String] = [], share: Int? = 64 << 20
    ) -> [Finding] {
        CacheAdvice(kept: kept, givenInOutages: givenInOutages, share: share).findings
    }

    @Test("There is nothing to say of a cache that is large and of maps whose use is known")
    func good() {
        #expect(advice() == [])
        #expect(advice(share: nil) == [])
    }

    @Test("A map that is given in outages should have its parameter, and so should one that is kept")
    func unknownUse() {
        let findings = advice(kept: ["a", "b"], givenInOutages: ["b", "c"])
        #expect(findings.map(\.code) == [.unknownUse, .unknownUse, .unknownUse])
        #expect(findings.map(\.severity) == [.warning, .warning, .note])
        #expect(findings[0].message.hasPrefix("found `b` in stale_while_down and not in map_parameters, "))
        #expect(findings[1].message.hasPrefix("found `c` in stale_while_down "))
        #expect(findings[2].message.hasPrefix("found `a` in cache and not in map_parameters, "))
    }

    @Test(
        "A cache with hardly any room for each worker is one to look at",
        arguments: [(1 << 20, true), (2 << 20, false), ((2 << 20) - 1, true), (64 << 20, false)])
    func smallCache(share: Int, isSmall: Bool) {
        #expect(advice(share: share).map(\.code) == (isSmall ? [.smallCache] : []))
        #expect(advice(share: 1 << 20).first?.message.contains("1024 KiB") == true)
    }
}
