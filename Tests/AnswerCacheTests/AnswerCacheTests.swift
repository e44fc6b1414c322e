// What a cache gives by time, and what it doesn't.

import AnswerCache
import LookupStatistics
import LookupValues
import Testing

@Suite("An answer cache by time")
struct AnswerCacheTests {
    @Test("An answer is given until its bound after its query was sent", arguments: ["alice@mail", nil])
    func boundOfTime(value: String?) {
        var scene = CacheScene(.time(5))
        scene.keep("alice", value, sentAt: 10)
        #expect(scene.find("alice", at: 15) == value ?? "-")
        #expect(scene.find("alice", at: 16) == nil)
        #expect(scene.find("alic", at: 15) == nil && scene.find("alicf", at: 15) == nil)
        #expect(scene.figures.misses == 3 && scene.figures.bypassed == 0 && scene.figures.hits == 1)
        #expect(scene.figures.kept == 1 && scene.figures.entries == 1)
    }

    @Test("Failures are not kept")
    func failures() {
        var scene = CacheScene(.time(5).stale(100, notFound: true))
        let key = Array("alice".utf8)
        for outcome in [LookupOutcome.temporaryFailure("x"), .permanentFailure("y")] {
            scene.cache.keep(
                outcome, 1, key.span, hash: nil, sentAt: Instant(nanoseconds: 10), host: 0,
                server: 0)
        }
        #expect(scene.find("alice", at: 11) == nil && scene.findWhileDown("alice", at: 11) == nil)
        #expect(scene.figures.kept == 0 && scene.figures.entries == 0)
    }

    @Test("Of two queries for a key, the one that was sent later says what is kept")
    func latestSent() {
        var scene = CacheScene(.time(5))
        scene.keep("alice", "new", sentAt: 12)
        scene.keep("alice", "old", sentAt: 11)
        #expect(scene.find("alice", at: 13) == "new")
        scene.keep("alice", nil, sentAt: 11)
        #expect(scene.find("alice", at: 13) == "new")
        scene.keep("alice", nil, sentAt: 13)
        #expect(scene.find("alice", at: 14) == "-" && scene.figures.entries == 1)
        scene.keep("alice", "newest", sentAt: 14)
        #expect(scene.find("alice", at: 14) == "newest" && scene.figures.entries == 1)
    }

    @Test("Each table has its own answers")
    func tables() {
        var scene = CacheScene()
        scene.adopt([1, 2].map { CachedTable(number: $0, target: 7, options: .time(5)) })
        scene.keep("alice", "one", sentAt: 10, table: 1)
        #expect(scene.find("alice", at: 11, table: 2) == nil)
        scene.keep("alice", "two", sentAt: 10, table: 2)
        #expect(scene.find("alice", at: 11, table: 1) == "one")
        #expect(scene.find("alice", at: 11, table: 2) == "two")
        for unknown in [-1, 0, 3, 1_000_000] {
            scene.keep("alice", "none", sentAt: 10, table: unknown)
            #expect(scene.find("alice", at: 11, table: unknown) == nil)
        }
    }

    @Test("A reload keeps the answers of tables that stay, and drops those under way")
    func reload() {
        var scene = CacheScene(.time(50))
        scene.keep("alice", "one", sentAt: 10)
        scene.adopt([CachedTable(number: 1, target: 7, options: .time(50))], at: 20)
        #expect(scene.find("alice", at: 21) == "one")
        scene.keep("bob", "late", sentAt: 20)
        #expect(scene.find("bob", at: 21) == nil && scene.figures.overtaken == 1)
        scene.keep("bob", "after", sentAt: 21)
        #expect(scene.find("bob", at: 22) == "after")
    }

    @Test("A table that leaves and comes back has none of its old answers, nor those of another in its place")
    func return_() {
        var scene = CacheScene()
        let table = CachedTable(number: 1, target: 7, options: .time(500))
        let other = CachedTable(number: 2, target: 7, options: .time(500))
        let another = CachedTable(number: 3, target: 7, options: .time(500))
        scene.adopt([table, other])
        scene.keep("alice", "one", sentAt: 10)
        scene.adopt([other], at: 20)
        #expect(scene.find("alice", at: 21) == nil)
        scene.adopt([table, other], at: 30)
        #expect(scene.find("alice", at: 31) == nil && scene.figures == CacheStatistics(misses: 1))
        scene.keep("alice", "two", sentAt: 32)
        scene.adopt([other, another], at: 40)
        #expect(scene.find("alice", at: 41, table: 3) == nil && scene.find("alice", at: 41) == nil)
        scene.keep("alice", "three", sentAt: 42, table: 3)
        #expect(scene.find("alice", at: 43, table: 3) == "three")
        #expect(scene.cache.statistics(of: 3).entries == 1)
        scene.adopt([], at: 50)
        scene.adopt([table, another], at: 51)
        #expect(scene.find("alice", at: 52) == nil && scene.find("alice", at: 52, table: 3) == nil)
    }

    @Test("A table whose options or target change under its number loses its answers")
    func changedOptions() {
        var scene = CacheScene(.time(500))
        scene.keep("alice", "one", sentAt: 10)
        scene.adopt([CachedTable(number: 1, target: 8, options: .time(500))], at: 20)
        #expect(scene.find("alice", at: 21) == nil)
        scene.keep("alice", "two", sentAt: 22)
        scene.adopt([CachedTable(number: 1, target: 8, options: .time(400))], at: 30)
        #expect(scene.find("alice", at: 31) == nil)
    }

    @Test("A room of another size has the same answers", arguments: [300_000, 2_000_000])
    func resizing(bytes: Int) {
        var scene = CacheScene(.time(500))
        for key in 0..<200 { scene.keep("key \(key)", key % 2 == 0 ? "value \(key)" : nil, sentAt: 10) }
        scene.keep(String(repeating: "k", count: 300), "long", sentAt: 10)
        let before = scene.figures
        scene.adopt([CachedTable(number: 1, target: 7, options: .time(500))], bytes: bytes, at: 20)
        for key in 0..<200 {
            #expect(scene.find("key \(key)", at: 21) == (key % 2 == 0 ? "value \(key)" : "-"))
        }
        #expect(scene.find(String(repeating: "k", count: 300), at: 21) == "long")
        #expect(scene.figures.entries == before.entries && scene.figures.bytes == before.bytes)
    }

    @Test("A flush drops a table, or a key, and the answers under way")
    func flush() {
        var scene = CacheScene(.time(500).stale(1_000, notFound: true))
        for key in ["alice", "bob"] { scene.keep(key, "one", sentAt: 10) }
        scene.flush("alice", at: 20)
        #expect(scene.find("alice", at: 20) == nil && scene.find("bob", at: 20) == "one")
        #expect(scene.findWhileDown("alice", at: 20) == nil && scene.figures.entries == 1)
        scene.keep("alice", "late", sentAt: 20)
        #expect(scene.find("alice", at: 21) == nil)
        scene.keep("alice", "after", sentAt: 21)
        #expect(scene.find("alice", at: 21) == "after")
        scene.flush(at: 30)
        for key in ["alice", "bob"] {
            #expect(scene.find(key, at: 30) == nil && scene.findWhileDown(key, at: 30) == nil)
        }
        #expect(scene.figures.entries == 0 && scene.figures.bytes == 0)
        scene.flush("nobody", at: 31)
    }

    @Test("A lookup joins a query whose answer could still be kept, and given, and no other")
    func joining() {
        var scene = CacheScene(.time(5))
        #expect(scene.joinsSentAfter(at: 3) == 0)
        #expect(scene.joinsSentAfter(at: 30) == 25)
        scene.flush(at: 28)
        #expect(scene.joinsSentAfter(at: 30) == 28)
        #expect(scene.joinsSentAfter(at: 40) == 35)
        #expect(scene.joinsSentAfter(at: 40, table: 2) == .max)
        scene.adopt([CachedTable(number: 1, target: 7, options: CacheOptions().stale(5))], at: 50)
        #expect(scene.joinsSentAfter(at: 60) == .max)
    }

    @Test(
        "A lookup joins none that was sent a second ago, and may be stuck, however long its answer may be given"
    )
    func joiningNothingStuck() {
        let second: Int64 = 1_000_000_000
        var scene = CacheScene(.time(3_600 * second))
        #expect(scene.joinsSentAfter(at: 5 * second) == 4 * second)
    }
}

extension CacheStatistics {
    fileprivate init(misses: Int) {
        self.init()
        self.misses = misses
    }
}
