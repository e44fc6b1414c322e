// What a cache keeps of what standbys and several hosts answer.

import AnswerCache
import LookupStatistics
import LookupValues
import Testing

@Suite("An answer cache with several hosts")
struct StandbyTests {
    /// Proven at 5; host 0 listened to since 4 and verified as of 9; host 1, a standby, verified as of 8.
    private func scene(_ options: CacheOptions = .notified(), standby: Int = 1) -> CacheScene {
        var scene = CacheScene(options)
        scene.take(.listening(target: 7, host: 0, at: Instant(nanoseconds: 4)), at: 5)
        scene.take(.proven(table: 1, key: NotifiedKey(parameters: [0])), at: 5)
        scene.verify(9, at: 10)
        scene.verify(8, host: standby, at: 10)
        return scene
    }

    @Test("An answer of a standby is kept behind a fence, and not without", arguments: [1, 7, 8, 255])
    func fence(standby: Int) {
        var scene = scene(standby: standby)
        scene.keep("alice", "old", sentAt: 11, host: standby, hash: 1)
        #expect(scene.find("alice", at: 12) == nil && scene.figures.unproven == 1)
        scene.fence(standby, heardBy: 6, provenAt: 12, at: 12)
        scene.keep("alice", "old", sentAt: 12, host: standby, hash: 1)
        #expect(scene.figures.unproven == 2)
        scene.keep("alice", "new", sentAt: 13, host: standby, hash: 1)
        #expect(scene.find("alice", at: 28) == "new")
        #expect(scene.find("alice", at: 29) == nil)
    }

    @Test(
        "A fence that was begun before a change was taken in, or the proof, or the listening, is none",
        arguments: 0..<4)
    func earlyFence(what: Int) {
        var scene = scene()
        switch what {
        case 0: scene.take(.changed(table: 1, keys: [1 << 52]), at: 20)
        case 1: scene.take(.changed(table: 1, keys: nil), at: 20)
        case 2: scene.take(.proven(table: 1, key: NotifiedKey(parameters: [0])), at: 20)
        default:
            scene.take(.listening(target: 7, host: 0, at: Instant(nanoseconds: 20)), at: 20)
            scene.verify(20, host: 1, at: 20)
        }
        scene.fence(1, heardBy: 20, provenAt: 21, at: 21)
        scene.keep("alice", "old", sentAt: 22, host: 1, hash: 1 << 52)
        #expect(scene.figures.unproven == 1)
        scene.fence(1, heardBy: 21, provenAt: 22, at: 22)
        scene.keep("alice", "new", sentAt: 23, host: 1, hash: 1 << 52)
        #expect(scene.find("alice", at: 24) == "new")
    }

    @Test("An answer of another server than the one heard of, behind the same name, is not given")
    func otherServer() {
        var scene = CacheScene(.notified())
        scene.take(.server(target: 7, host: 0, identity: 3), at: 3)
        scene.take(.listening(target: 7, host: 0, at: Instant(nanoseconds: 4)), at: 5)
        scene.take(.proven(table: 1, key: nil), at: 5)
        scene.verify(9, at: 10)
        scene.keep("alice", "other", sentAt: 11, server: 4)
        scene.keep("alice", "unknown", sentAt: 12, host: -1, server: 3)
        #expect(scene.find("alice", at: 12) == nil && scene.figures.unproven == 2)
        scene.keep("alice", "one", sentAt: 13, server: 3)
        #expect(scene.find("alice", at: 14) == "one")
    }

    @Test("If a host leads to another server, what was kept from it is not given any more")
    func newServer() {
        var scene = scene()
        scene.fence(1, heardBy: 10, provenAt: 11, at: 11)
        scene.keep("alice", "one", sentAt: 12, host: 1, hash: 1)
        scene.take(.server(target: 7, host: 1, identity: 0), at: 13)
        #expect(scene.find("alice", at: 14) == "one")
        scene.take(.server(target: 7, host: 1, identity: 6), at: 15)
        scene.verify(16, host: 1, at: 17)
        scene.fence(1, heardBy: 16, provenAt: 17, at: 17)
        #expect(scene.find("alice", at: 18) == nil)
        scene.keep("alice", "two", sentAt: 18, host: 1, hash: 1, server: 6)
        #expect(scene.find("alice", at: 19) == "two")
    }

    @Test("What is proved is not replaced by what a standby says that may lag, but by what is proved later")
    func unprovenAfterProved() {
        var scene = scene(.notified(orTime: 100).stale(1_000))
        scene.keep("alice", nil, sentAt: 11, host: 0, hash: 1)
        scene.keep("alice", "old", sentAt: 12, host: 1, hash: 1)
        #expect(scene.find("alice", at: 13) == "-" && scene.figures.unproven == 1)
        scene.keep("alice", "new", sentAt: 14, host: 0, hash: 1)
        #expect(scene.find("alice", at: 15) == "new")
        scene.take(.unproven(table: 1, .triggers), at: 16)
        scene.keep("alice", "by time", sentAt: 17, host: 1, hash: nil)
        #expect(scene.find("alice", at: 18) == "by time")
    }

    @Test("A change of another key needs no fence of its own")
    func otherKey() {
        var scene = scene()
        scene.fence(1, heardBy: 10, provenAt: 11, at: 11)
        scene.take(.changed(table: 1, keys: [2 << 52]), at: 12)
        scene.keep("alice", "one", sentAt: 13, host: 1, hash: 1 << 52)
        scene.keep("bob", "one", sentAt: 13, host: 1, hash: 2 << 52)
        #expect(scene.find("alice", at: 14) == "one" && scene.find("bob", at: 14) == nil)
    }

    @Test("The fence before the last one holds for what was sent between them")
    func formerFence() {
        var scene = scene()
        scene.fence(1, heardBy: 10, provenAt: 11, at: 11)
        scene.fence(1, heardBy: 12, provenAt: 14, at: 14)
        scene.keep("alice", "one", sentAt: 13, host: 1, hash: 1)
        #expect(scene.find("alice", at: 15) == "one")
    }

    @Test("What a standby answered before it was distrusted is not given when it is trusted again")
    func distrust() {
        var scene = scene()
        scene.fence(1, heardBy: 10, provenAt: 11, at: 11)
        scene.keep("alice", "one", sentAt: 12, host: 1, hash: 1)
        scene.keep("bob", "one", sentAt: 12, host: 0, hash: 2)
        scene.take(.unverified(target: 7, host: 1), at: 13)
        #expect(scene.find("alice", at: 14) == nil && scene.find("bob", at: 14) == "one")
        scene.verify(14, host: 1, at: 15)
        #expect(scene.find("alice", at: 15) == nil)
        scene.keep("alice", "two", sentAt: 16, host: 1, hash: 1)
        #expect(scene.figures.unproven == 1)
    }

    @Test("Each answer is verified by its own host")
    func ownHost() {
        var scene = scene()
        scene.fence(1, heardBy: 10, provenAt: 11, at: 11)
        scene.keep("alice", "primary", sentAt: 12, host: 0, hash: 1)
        scene.keep("bob", "standby", sentAt: 12, host: 1, hash: 2)
        scene.verify(40, host: 1, at: 41)
        #expect(scene.find("alice", at: 42) == nil && scene.find("bob", at: 42) == "standby")
        scene.verify(70, host: 0, at: 71)
        #expect(scene.find("alice", at: 72) == "primary" && scene.find("bob", at: 72) == nil)
    }

    @Test(
        "Another primary that is listened to ends what was kept from all hosts, and the former one is none any more"
    )
    func twoPrimaries() {
        var scene = scene()
        scene.fence(1, heardBy: 10, provenAt: 11, at: 11)
        scene.keep("alice", "former", sentAt: 12, host: 0, hash: 1)
        scene.keep("bob", "former", sentAt: 12, host: 1, hash: 2)
        scene.take(.listening(target: 7, host: 1, at: Instant(nanoseconds: 14)), at: 15)
        scene.verify(15, host: 0, at: 16)
        scene.verify(15, host: 1, at: 16)
        #expect(scene.find("alice", at: 16) == nil && scene.find("bob", at: 16) == nil)
        scene.keep("alice", "of the former", sentAt: 17, host: 0, hash: 1)
        #expect(scene.find("alice", at: 18) == nil)
        scene.keep("alice", "of the new", sentAt: 17, host: 1, hash: 1)
        #expect(scene.find("alice", at: 18) == "of the new")
    }

    @Test("An answer without a fence that is kept by time is not given by notification later")
    func timed() {
        var scene = scene(.notified(orTime: 5))
        scene.keep("alice", "old", sentAt: 12, host: 1, hash: 1)
        #expect(scene.find("alice", at: 17) == "old")
        scene.fence(1, heardBy: 16, provenAt: 17, at: 17)
        scene.verify(17, host: 1, at: 18)
        #expect(scene.find("alice", at: 18) == nil)
    }

    @Test("A flush is behind a fence, too")
    func flush() {
        var scene = scene()
        scene.fence(1, heardBy: 10, provenAt: 11, at: 11)
        scene.flush(at: 12)
        scene.keep("alice", "old", sentAt: 13, host: 1, hash: 1)
        #expect(scene.find("alice", at: 14) == nil)
    }
}
