// What a cache gives by notification.

import AnswerCache
import LookupStatistics
import LookupValues
import Testing

@Suite("An answer cache by notification")
struct NotificationTests {
    private static let alice: UInt64 = 0xA11CE << 44
    private static let bob: UInt64 = 0xB0B << 52

    /// Proven by key at 5, its host 0 listened to since 4 and verified as of 9; answers may be 20 old.
    private func scene(
        _ options: CacheOptions = .notified(), key: NotifiedKey? = NotifiedKey(parameters: [0])
    ) -> CacheScene {
        var scene = CacheScene(options)
        scene.take(.listening(target: 7, host: 0, at: Instant(nanoseconds: 4)), at: 5)
        scene.take(.proven(table: 1, key: key), at: 5)
        scene.verify(9, at: 10)
        return scene
    }

    @Test(
        "An answer is given as long as its host is verified as of a moment within the bound",
        arguments: ["v", nil])
    func lease(value: String?) {
        var scene = scene()
        scene.keep("alice", value, sentAt: 10, hash: Self.alice)
        #expect(scene.find("alice", at: 29) == value ?? "-")
        #expect(scene.find("alice", at: 30) == nil && scene.figures.bypassed == 1)
        scene.verify(1_000, at: 1_001)
        #expect(scene.find("alice", at: 1_020) == value ?? "-")
        #expect(scene.find("alice", at: 1_021) == nil && scene.figures.misses == 2)
    }

    @Test("A change of a key drops the answer for it, and no other")
    func changedKey() {
        var scene = scene()
        scene.keep("alice", "one", sentAt: 10, hash: Self.alice)
        scene.keep("bob", "one", sentAt: 10, hash: Self.bob)
        scene.take(.changed(table: 1, keys: [Self.alice]), at: 11)
        #expect(scene.find("alice", at: 12) == nil && scene.find("bob", at: 12) == "one")
        #expect(scene.figures.bypassed == 0 && scene.figures.changedKeys == 1)
        scene.verify(20, at: 21)
        #expect(scene.find("alice", at: 21) == nil)
    }

    @Test("A change of several keys drops the answer for each")
    func changedKeys() {
        var scene = scene()
        scene.keep("alice", "one", sentAt: 10, hash: Self.alice)
        scene.keep("bob", "one", sentAt: 10, hash: Self.bob)
        scene.take(.changed(table: 1, keys: [Self.alice, Self.bob]), at: 11)
        #expect(scene.find("alice", at: 12) == nil && scene.find("bob", at: 12) == nil)
    }

    @Test("A change of the table drops all answers", arguments: [NotifiedKey(parameters: [0]), nil])
    func changedTable(key: NotifiedKey?) {
        var scene = scene(key: key)
        scene.keep("alice", "one", sentAt: 10, hash: key == nil ? nil : Self.alice)
        scene.take(.changed(table: 1, keys: key == nil ? [Self.bob] : nil), at: 11)
        #expect(scene.find("alice", at: 12) == nil && scene.figures.changedTables == 1)
    }

    @Test("An answer to a query that was sent before the news of a change is not kept")
    func overtaken() {
        var scene = scene()
        scene.take(.changed(table: 1, keys: [Self.alice]), at: 11)
        scene.keep("alice", "old", sentAt: 11, hash: Self.alice)
        #expect(scene.find("alice", at: 12) == nil && scene.figures.overtaken == 1)
        scene.keep("bob", "same", sentAt: 11, hash: Self.bob)
        #expect(scene.find("bob", at: 12) == "same")
        scene.keep("alice", "new", sentAt: 12, hash: Self.alice)
        #expect(scene.find("alice", at: 12) == "new")
        scene.take(.changed(table: 1, keys: nil), at: 13)
        scene.keep("bob", "old", sentAt: 13, hash: Self.bob)
        #expect(scene.find("bob", at: 14) == nil && scene.figures.overtaken == 2)
    }

    @Test("An answer whose key's hash is not known is dropped by a change of any key")
    func unknownHash() {
        var scene = scene()
        scene.keep("alice", "one", sentAt: 10)
        scene.take(.changed(table: 1, keys: [Self.bob]), at: 11)
        #expect(scene.find("alice", at: 12) == nil)
    }

    @Test("What was kept before a host is listened to anew is not given any more")
    func listeningAnew() {
        var scene = scene()
        scene.keep("alice", "one", sentAt: 10, hash: Self.alice)
        scene.take(.listening(target: 7, host: 0, at: Instant(nanoseconds: 14)), at: 15)
        scene.keep("bob", "sent before", sentAt: 14, hash: Self.bob)
        #expect(scene.figures.unproven == 1)
        scene.keep("carol", "sent after", sentAt: 15, hash: 3)
        scene.verify(15, at: 16)
        #expect(scene.find("alice", at: 16) == nil && scene.find("bob", at: 16) == nil)
        #expect(scene.find("carol", at: 16) == "sent after")
    }

    @Test("What was asked before a table is proven is given when it is asked anew")
    func proven() {
        var scene = scene(.notified(orTime: 100))
        scene.take(.unproven(table: 1, .triggers), at: 11)
        scene.keep("alice", "one", sentAt: 12, hash: nil)
        scene.take(.proven(table: 1, key: NotifiedKey(parameters: [0])), at: 13)
        scene.keep("bob", "one", sentAt: 13, hash: Self.bob)
        scene.keep("carol", "one", sentAt: 14, hash: 3)
        scene.verify(200, at: 201)
        #expect(scene.find("alice", at: 202) == nil && scene.find("bob", at: 202) == nil)
        #expect(scene.find("carol", at: 202) == "one")
    }

    @Test("A table that is not proven any more is bypassed, and what was kept before is not given again")
    func unproven() {
        var scene = scene()
        scene.keep("alice", "one", sentAt: 10, hash: Self.alice)
        scene.take(.unproven(table: 1, .triggers), at: 11)
        #expect(scene.find("alice", at: 12) == nil && scene.figures.bypassed == 1)
        scene.keep("bob", "one", sentAt: 12, hash: nil)
        #expect(scene.figures.unproven == 1 && scene.cache.notifiedKey(of: 1) == nil)
        scene.take(.proven(table: 1, key: nil), at: 13)
        scene.verify(13, at: 14)
        #expect(scene.find("alice", at: 14) == nil && scene.cache.notifiedKey(of: 1) == nil)
    }

    @Test("Where notification is not proved, the time beside it holds")
    func time() {
        var scene = scene(.notified(orTime: 5))
        scene.keep("alice", "one", sentAt: 40, hash: Self.alice)
        #expect(scene.find("alice", at: 45) == "one" && scene.find("alice", at: 46) == nil)
        scene.take(.unproven(table: 1, .triggers), at: 50)
        scene.keep("bob", "one", sentAt: 51, hash: nil)
        #expect(scene.find("bob", at: 56) == "one" && scene.find("bob", at: 57) == nil)
    }

    @Test("News of a table, a target or a host that the cache does not have are ignored")
    func strangers() {
        var scene = scene()
        scene.keep("alice", "one", sentAt: 10, hash: Self.alice)
        let at = Instant(nanoseconds: 11)
        for news: CacheNews in [
            .listening(target: 8, host: 0, at: at), .listening(target: 7, host: 256, at: at),
            .listening(target: -1, host: 0, at: at), .proven(table: 2, key: nil),
            .unproven(table: 2, .triggers), .changed(table: 2, keys: nil), .changed(table: -1, keys: nil),
            .verified(target: 8, host: 0, at: at), .unverified(target: 8, host: 0),
            .unverified(target: 7, host: -1), .fence(target: 9, host: 0, heardBy: at, provenAt: at),
        ] {
            scene.take(news, at: 11)
        }
        #expect(scene.find("alice", at: 12) == "one")
    }

    @Test("A target that leaves and comes back is to be listened to anew")
    func returningTarget() {
        var scene = scene()
        scene.adopt([CachedTable(number: 2, target: 8, options: .notified())], at: 20)
        scene.adopt([CachedTable(number: 3, target: 7, options: .notified())], at: 30)
        scene.take(.proven(table: 3, key: nil), at: 31)
        scene.take(.verified(target: 7, host: 0, at: Instant(nanoseconds: 31)), at: 32)
        scene.keep("alice", "one", sentAt: 32, table: 3)
        #expect(scene.find("alice", at: 33, table: 3) == nil)
    }

    @Test("A lookup joins nothing that was sent before the last change, nor beyond the bound")
    func joining() {
        var scene = scene()
        #expect(scene.joinsSentAfter(at: 12) == 0)
        scene.take(.changed(table: 1, keys: [Self.alice]), at: 13)
        #expect(scene.joinsSentAfter(at: 14) == 13)
        scene.verify(40, at: 41)
        #expect(scene.joinsSentAfter(at: 45) == 25)
        // Its answer could not be kept.
        #expect(scene.joinsSentAfter(at: 61) == .max)
        var timed = self.scene(.notified(orTime: 100))
        #expect(timed.joinsSentAfter(at: 30) == 10)
        timed.take(.unproven(table: 1, .late), at: 200)
        #expect(timed.joinsSentAfter(at: 300) == 280)
    }

    @Test("Whatever the stripe of a key, a change of it drops its answer", arguments: [0, 1, 4_095])
    func stripes(stripe: UInt64) {
        var scene = scene()
        scene.keep("alice", "one", sentAt: 10, hash: stripe << 52 | 0x123)
        scene.take(.changed(table: 1, keys: [(stripe ^ 1) << 52]), at: 11)
        #expect(scene.find("alice", at: 12) == "one")
        scene.take(.changed(table: 1, keys: [stripe << 52 | 0x123]), at: 13)
        #expect(scene.find("alice", at: 14) == nil)
    }
}
