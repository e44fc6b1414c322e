// When reading ahead in a map is given up, and when it is tried again; and what it may take in memory.

import LookupStatistics
import LookupValues
import Testing

@testable import LookupSearch

@Suite("Worth of reading ahead")
struct ReadAheadWorthTests {
    private var worth = ReadAheadWorth()
    private var now = Instant(nanoseconds: 0)

    /// - Returns: whether it was given up.
    private mutating func note(used: Int, of count: Int) -> Bool {
        var isGivenUp = false
        for number in 0..<count where worth.note(isUsed: number < used, now: now) { isGivenUp = true }
        return isGivenUp
    }

    @Test("It is given up if fewer than one in four of 1,000 are used, and tried again after a minute")
    mutating func loses() {
        #expect(!note(used: 0, of: 999))
        #expect(worth.allowsReadingAhead(at: now))
        #expect(note(used: 0, of: 1))
        for _ in 0..<3 {
            #expect(!worth.allowsReadingAhead(at: now))
            now = now.advanced(byNanoseconds: 59_999_999_999)
            #expect(!worth.allowsReadingAhead(at: now))
            now = now.advanced(byNanoseconds: 1)
            #expect(worth.allowsReadingAhead(at: now))
            #expect(note(used: 249, of: 1_000))
        }
    }

    @Test("One in four is enough, in each 1,000")
    mutating func wins() {
        for _ in 0..<10 { #expect(!note(used: 250, of: 1_000)) }
        #expect(worth.allowsReadingAhead(at: now))
        #expect(note(used: 249, of: 1_000))
    }

    @Test("What was under way when it was given up counts for nothing")
    mutating func leftOver() {
        #expect(note(used: 0, of: 1_000))
        #expect(!note(used: 0, of: 5_000))
        now = now.advanced(byNanoseconds: ReadAheadWorth.pause)
        #expect(!note(used: 500, of: 1_000))
    }

    @Test("A map is given up by itself, which is counted; others go on")
    mutating func account() {
        var scene = ReadAheadScene()
        for _ in 0..<1_000 {
            scene.begin("u@d", "@d")
            scene.begin("u@d", "@d", in: .b)
            _ = scene.ask("@d", in: .b)
            scene.settle(.notFound, at: 1, of: scene.request - 1)
        }
        _ = scene.ask("end")
        #expect(!scene.account.allowsReadingAhead(inMap: 0, at: scene.now))
        #expect(scene.account.allowsReadingAhead(inMap: 1, at: scene.now))
        #expect(scene.account.allowsReadingAhead(inMap: 7, at: scene.now))
        #expect(scene.account.counts(ofMap: 0).givenUp == 1 && scene.account.counts(ofMap: 1).givenUp == 0)
    }

    @Test("With a bound of 0 nothing is read ahead")
    func off() {
        #expect(!ReadAheadAccount().allowsReadingAhead(inMap: 0, at: now))
    }
}

@Suite("Memory of what is read ahead")
struct ReadAheadMemoryTests {
    private var scene = ReadAheadScene()

    @Test("Keys that are more than a client's 4 KiB are not asked for")
    mutating func keys() {
        let long = String(repeating: "k", count: 4_000)
        scene.begin("u@d", long)
        #expect(scene.lookups == 0 && scene.readAhead.isEmpty && scene.account.bytes == 0)
        scene.begin("u@d", String(repeating: "k", count: 3_000))
        #expect(scene.lookups == 1 && scene.account.bytes > 3_000)
        scene.begin("u@d", String(repeating: "k", count: 1_000), in: .b)
        #expect(scene.lookups == 1, "they are together too much")
    }

    @Test("A value that is too large for the client's rest is not kept, and its key asked for anew")
    mutating func values() {
        let first = scene.begin("u@d", "@d", ".d")
        scene.settle(.text(String(repeating: "v", count: 4_000)), at: 1, of: first)
        scene.settle(.text(String(repeating: "v", count: 3_000)), at: 2, of: first)
        #expect(scene.account.bytes < 4_096)
        #expect(scene.ask("@d") == .unknown(isBeginning: false))
        guard case .answered = scene.ask(".d") else {
            Issue.record("a value was not kept")
            return
        }
        #expect(scene.account.bytes == 0)
        #expect(scene.counts() == [2, 1, 1])
    }

    @Test("At the worker's limit no client gets more")
    mutating func worker() {
        scene.account = ReadAheadAccount(bound: ReadAheadScene.millisecond, limit: 500)
        scene.begin("u@d", "@d")
        let first = scene.request
        var other = ReadAhead()
        let keys = ["v@d", String(repeating: "k", count: 300)].map { Array($0.utf8) }
        #expect(other.begin(keys, in: .a, by: 1, now: scene.now, &scene.account).isEmpty)
        scene.settle(.text(String(repeating: "v", count: 500)), at: 1, of: first)
        #expect(scene.account.bytes < 200)
        scene.readAhead.end(now: scene.now, &scene.account)
        #expect(!other.begin(keys, in: .a, by: 1, now: scene.now, &scene.account).isEmpty)
    }
}
