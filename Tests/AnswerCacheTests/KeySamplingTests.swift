// Keys that hardly ever come again: which are kept, and when all are again.

import LookupStatistics
import LookupValues
import Testing

@testable import AnswerCache

@Suite("Key sampling")
struct KeySamplingTests {
    private static let window = Int(KeySampling.window)

    /// Asks for keys as a daemon does: what is not kept is asked, and its answer is there one nanosecond later.
    private struct Asker: ~Copyable {
        var scene: CacheScene
        var now: Int64 = 1_000

        init(_ options: CacheOptions) {
            scene = CacheScene(options, bytes: 32_000_000)
        }

        /// - Returns: whether the answer was kept.
        mutating func ask(_ key: Int) -> Bool {
            now += 2
            if scene.find("key \(key)", at: now) != nil { return true }
            if scene.terms(at: now, "key \(key)").wantsKeeping {
                scene.keep("key \(key)", nil, sentAt: now - 1)
            }
            return false
        }

        /// Keys that were never asked for.
        mutating func askForOthers(_ count: Int) {
            let first = Int(now) * 1_000
            for number in 0..<count { _ = ask(first + number) }
        }

        var kept: Int { scene.figures.kept }
    }

    @Test(
        "If no key comes again, one in sixteen is kept, always the same ones, and what is kept already is given"
    )
    func sparse() {
        var asker = Asker(.time(1 << 40))
        asker.askForOthers(Self.window)
        #expect(asker.kept == Self.window)
        let firstKey = 1_000 * 1_000
        #expect(asker.scene.find("key \(firstKey)", at: asker.now) != nil)
        asker.askForOthers(16_000)
        let share = asker.kept - Self.window
        #expect((800...1_200).contains(share), "\(share) of 16,000")
        // An asker looks twice.
        #expect(asker.scene.figures.unlikely == 2 * (16_000 - share))
        // Those that are kept come again: a share of one in sixteen is known.
        let before = asker.kept
        let known = (0..<160).filter { asker.ask($0) }.count
        let again = (0..<160).filter { asker.ask($0) }.count
        #expect(known == 0 && (1...30).contains(again) && asker.kept - before == again)
    }

    @Test("As soon as keys come again, all are kept")
    func returning() {
        var asker = Asker(.time(1 << 40))
        asker.askForOthers(Self.window)
        for _ in 0..<3 { for key in 0..<2_000 { _ = asker.ask(key) } }
        #expect((0..<2_000).allSatisfy { asker.ask($0) })
    }

    @Test("If one in fifty comes again, all are kept")
    func few() {
        var asker = Asker(.time(1 << 40))
        for number in 0..<(3 * Self.window) { _ = asker.ask(number % 50 == 49 ? number - 40 : number) }
        #expect(asker.kept > 3 * Self.window * 97 / 100)
    }

    @Test("Of a table that is asked for while no host can be, all keys are kept")
    func stale() {
        var asker = Asker(.time(1 << 40).stale(1 << 40, notFound: true))
        asker.askForOthers(2 * Self.window)
        #expect(asker.kept == 2 * Self.window)
    }

    @Test("Each time that all are kept for nothing, more must come again before that is tried anew")
    func inVain() {
        var sampling = KeySampling()
        for needed in [64, 128, 256, 512, 1_024, 1_024] {
            for _ in 0..<Self.window { sampling.noteKept() }
            #expect(sampling.isSparse)
            for _ in 1..<needed { sampling.noteHit(0) }
            #expect(sampling.isSparse)
            sampling.noteHit(0)
            #expect(!sampling.isSparse)
        }
    }

    @Test("While few keys are kept, only those of the sample tell whether they come again")
    func othersHits() {
        var sampling = KeySampling()
        for _ in 0..<Self.window { sampling.noteKept() }
        let other = (1...UInt32.max).first { !sampling.takes($0) }!
        for _ in 0..<Self.window { sampling.noteHit(other) }
        #expect(sampling.isSparse)
    }
}
