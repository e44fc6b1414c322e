// What a cache gives while no host can be asked, and what it says of bypass.

import AnswerCache
import LookupStatistics
import LookupValues
import Testing

@Suite("An answer cache while no host can be asked")
struct StaleAnswerTests {
    @Test("By time, the last answer is given until so long after its query was sent")
    func time() {
        var scene = CacheScene(.time(5).stale(100))
        scene.keep("alice", "one", sentAt: 10)
        scene.keep("bob", nil, sentAt: 10)
        #expect(scene.find("alice", at: 50) == nil && scene.figures.bypassed == 0)
        #expect(
            scene.findWhileDown("alice", at: 110) == "one 10" && scene.findWhileDown("alice", at: 111) == nil)
        #expect(scene.findWhileDown("bob", at: 50) == "- 10 not final" && scene.figures.stale == 1)
    }

    @Test("Not found is final only if the options say so")
    func notFound() {
        var scene = CacheScene(.time(5).stale(100, notFound: true))
        scene.keep("bob", nil, sentAt: 10)
        #expect(scene.findWhileDown("bob", at: 110) == "- 10" && scene.findWhileDown("bob", at: 111) == nil)
    }

    @Test("Without stale_while_down nothing is given; with it alone, nothing while a host can be asked")
    func options() {
        var scene = CacheScene(.time(5))
        scene.keep("alice", "one", sentAt: 10)
        #expect(scene.findWhileDown("alice", at: 11) == nil)
        scene = CacheScene(CacheOptions().stale(100))
        scene.keep("alice", "one", sentAt: 10)
        #expect(scene.find("alice", at: 11) == nil && scene.figures.misses == 0)
        #expect(scene.findWhileDown("alice", at: 11) == "one 10")
    }

    /// Proven by key at 5, host 0 listened to since 4; alice's answer of 10 is kept.
    private func scene() -> CacheScene {
        var scene = CacheScene(.notified().stale(100))
        scene.take(.listening(target: 7, host: 0, at: Instant(nanoseconds: 4)), at: 5)
        scene.take(.proven(table: 1, key: NotifiedKey(parameters: [0])), at: 5)
        scene.verify(6, at: 7)
        scene.keep("alice", "one", sentAt: 10, hash: 1 << 52)
        return scene
    }

    @Test("By notification, an answer is as old as its host's last verification, but no older than its query")
    func notification() {
        var scene = scene()
        #expect(scene.findWhileDown("alice", at: 20) == "one 10")
        scene.verify(60, at: 61)
        #expect(
            scene.findWhileDown("alice", at: 160) == "one 60" && scene.findWhileDown("alice", at: 161) == nil)
    }

    @Test("An answer is verified as of the end of the time in which its host was listened to")
    func formerListening() {
        var scene = scene()
        scene.verify(60, at: 61)
        scene.take(.listening(target: 7, host: 0, at: Instant(nanoseconds: 70)), at: 71)
        scene.verify(90, at: 91)
        #expect(scene.findWhileDown("alice", at: 92) == "one 60")
        scene.take(.listening(target: 7, host: 0, at: Instant(nanoseconds: 95)), at: 96)
        #expect(scene.findWhileDown("alice", at: 97) == "one 10")
    }

    @Test(
        "What was verified stays so if the database comes back for a while, and goes again",
        arguments: [0, 9])
    func flap(identity: UInt64) {
        var scene = scene()
        scene.verify(60, at: 61)
        // It was started anew, perhaps.
        scene.take(.server(target: 7, host: 0, identity: identity), at: 69)
        scene.take(.unproven(table: 1, .unknown), at: 70)
        scene.take(.listening(target: 7, host: 0, at: Instant(nanoseconds: 70)), at: 70)
        #expect(scene.findWhileDown("alice", at: 71) == "one 60")
        scene.take(.proven(table: 1, key: NotifiedKey(parameters: [0])), at: 72)
        #expect(scene.findWhileDown("alice", at: 73) == "one 60")
        scene.verify(80, at: 81)
        #expect(scene.findWhileDown("alice", at: 82) == "one 60" && scene.find("alice", at: 82) == nil)
        scene.take(.unproven(table: 1, .unheard), at: 90)
        #expect(scene.findWhileDown("alice", at: 91) == "one 60")
        scene.take(.changed(table: 1, keys: [1 << 52]), at: 92)
        #expect(scene.findWhileDown("alice", at: 93) == nil)
    }

    @Test("A proof of which nothing was verified does not count for the one before")
    func briefFlap() {
        var scene = scene()
        scene.verify(60, at: 61)
        for at in [Int64(70), 80, 90] {
            scene.take(.unproven(table: 1, .unknown), at: at)
            scene.take(.listening(target: 7, host: 0, at: Instant(nanoseconds: at)), at: at)
            scene.take(.proven(table: 1, key: NotifiedKey(parameters: [0])), at: at + 1)
        }
        #expect(scene.findWhileDown("alice", at: 95) == "one 60")
    }

    @Test("A verification after a table is not proven any more says nothing of its answers")
    func unproven() {
        var scene = scene()
        scene.verify(60, at: 61)
        scene.take(.unproven(table: 1, .triggers), at: 62)
        scene.verify(70, at: 71)
        #expect(scene.findWhileDown("alice", at: 72) == "one 60")
        scene.take(.proven(table: 1, key: NotifiedKey(parameters: [0])), at: 73)
        scene.verify(80, at: 81)
        #expect(scene.findWhileDown("alice", at: 82) == "one 60")
    }

    @Test("What a change was told for is not given")
    func changed() {
        var scene = scene()
        scene.take(.changed(table: 1, keys: [1 << 52]), at: 20)
        #expect(scene.findWhileDown("alice", at: 21) == nil)
    }

    @Test(
        "A table is in bypass, for a reason, until it is proven and verified, and when it is not any more"
    )
    func bypass() {
        var scene = CacheScene(.notified())
        #expect(scene.bypass(at: 1) == .unknown)
        scene.take(.unproven(table: 1, .triggers), at: 2)
        #expect(scene.bypass(at: 3) == .triggers)
        scene.take(.proven(table: 1, key: nil), at: 5)
        #expect(scene.bypass(at: 6) == .unheard)
        scene.take(.listening(target: 7, host: 2, at: Instant(nanoseconds: 7)), at: 8)
        #expect(scene.bypass(at: 9) == .late && scene.leaseAge(at: 9) == nil)
        scene.verify(9, host: 2, at: 10)
        #expect(scene.bypass(at: 10) == nil && scene.leaseAge(at: 10) == 1)
        #expect(scene.bypass(at: 29) == nil)
        #expect(scene.bypass(at: 31) == .late && scene.leaseAge(at: 31) == 22)
        scene.take(.unverified(target: 7, host: 2), at: 40)
        #expect(scene.bypass(at: 41) == .unheard && scene.leaseAge(at: 41) == nil)
    }

    @Test("A table by time is never in bypass")
    func timed() {
        let scene = CacheScene(.time(5))
        #expect(scene.bypass(at: 1) == nil)
    }
}

extension CacheScene {
    fileprivate func bypass(at now: Int64) -> CacheBypass? {
        cache.bypass(of: 1, now: Instant(nanoseconds: now))
    }

    fileprivate func leaseAge(at now: Int64) -> Int64? {
        cache.leaseAge(of: 7, now: Instant(nanoseconds: now))
    }
}
