// Whom a lease listens to, and when it begins anew.

import AnswerCache
import Testing

private typealias Scene = LeaseScene

@Suite("Listening")
struct LeaseListeningTests {
    @Test("A primary is asked what it is, listened to, and asked what its tables depend on, before it beats")
    func beginning() {
        var scene = Scene()
        #expect(scene.wait(0) == [.connect(.host(0), host: 0)])
        #expect(
            scene.event { $0.connected(.host(0), isPooled: false, now: $1) }
                == [.check(host: 0, isPlain: false)])
        #expect(scene.event { $0.checked(0, Scene.primary(), now: $1) } == [.listen(host: 0)])
        #expect(
            scene.event { $0.listens(0, now: $1) } == [
                .tell(.unproven(table: 1, .unknown)), .tell(.unproven(table: 2, .unknown)),
                .tell(.listening(target: 7, host: 0, at: Scene.instant(3))),
                .log(.listening(host: 0)), .connect(.beats, host: 0),
            ])
        #expect(scene.event { $0.connected(.beats, isPooled: false, now: $1) } == [.analyse(number: 1)])
        #expect(
            scene.event { $0.analysed(Scene.proof(), number: 1, now: $1) } == [
                .close(.beats), .connect(.beats, host: 0),
            ])
        func beat(_ number: Int) -> LeaseAction {
            .beat(LeaseBeat(text: "beat 000000000000beef \(number)", look: Scene.look, relations: []))
        }
        #expect(scene.event { $0.connected(.beats, isPooled: false, now: $1) } == [beat(1)])
        #expect(
            scene.answerBeat() == [
                .tell(.proven(table: 1, key: NotifiedKey(parameters: [0]))),
                .tell(.proven(table: 2, key: nil)), .log(.proven(table: 1)), .log(.proven(table: 2)),
                beat(2),
            ])
    }

    @Test("Of several hosts the first primary is listened to, and the later ones are not verified")
    func severalPrimaries() {
        var scene = Scene(hosts: 3)
        #expect(scene.wait(0).count == 3)
        _ = scene.event { $0.connected(.host(1), isPooled: false, now: $1) }
        #expect(scene.event { $0.checked(1, Scene.primary(), now: $1) } == [], "the first may be one")
        _ = scene.event { $0.connected(.host(2), isPooled: false, now: $1) }
        _ = scene.event { $0.checked(2, Scene.primary(), now: $1) }
        #expect(scene.event { $0.lost(.host(0), now: $1) } == [.listen(host: 1)])
        let actions = scene.event { $0.listens(1, now: $1) }
        #expect(
            Scene.news(in: actions) == [
                .unproven(table: 1, .unknown), .unproven(table: 2, .unknown),
                .listening(target: 7, host: 1, at: scene.now), .unverified(target: 7, host: 0),
                .unverified(target: 7, host: 2),
            ])
    }

    @Test("Nothing is heard through a pooler, nor of standbys alone; that is said once")
    func unheard() {
        var scene = Scene(hosts: 2)
        _ = scene.wait(0)
        #expect(
            scene.event { $0.connected(.host(0), isPooled: true, now: $1) }
                == [.close(.host(0)), .log(.pooled(host: 0))])
        _ = scene.event { $0.connected(.host(1), isPooled: false, now: $1) }
        #expect(
            scene.event { $0.checked(1, Scene.standby(replayed: 1), now: $1) } == [
                .tell(.unproven(table: 1, .unheard)), .tell(.unproven(table: 2, .unheard)), .log(.unheard),
            ])
        #expect(scene.wait(400) == [])
        #expect(scene.wait(200) == [.check(host: 1, isPlain: false)])
        #expect(scene.event { $0.checked(1, Scene.standby(replayed: 1), now: $1) } == [])
    }

    @Test("A standby that is promoted is listened to if there is no other primary")
    func promotion() {
        var scene = Scene(hosts: 2)
        _ = scene.begin()
        _ = scene.event { $0.connected(.host(1), isPooled: false, now: $1) }
        _ = scene.event { $0.checked(1, Scene.standby(replayed: 1), now: $1) }
        let lost = scene.event { $0.lost(.host(0), now: $1) }
        #expect(lost == [.log(.listeningLost(host: 0)), .close(.beats)])
        #expect(scene.wait(500).contains(.check(host: 1, isPlain: false)))
        let promoted = scene.event { $0.checked(1, Scene.primary(timeline: "2"), now: $1) }
        #expect(promoted.contains(.listen(host: 1)))
        #expect(
            Scene.news(in: scene.event { $0.listens(1, now: $1) }).contains(
                .listening(target: 7, host: 1, at: scene.now)))
    }

    @Test("A connection that listens and is lost is made anew, and all of the target begins anew")
    func reconnecting() {
        var scene = Scene()
        _ = scene.begin()
        _ = scene.event { $0.lost(.host(0), now: $1) }
        #expect(scene.wait(99) == [.connect(.host(0), host: 0)])
        _ = scene.event { $0.connected(.host(0), isPooled: false, now: $1) }
        _ = scene.event { $0.checked(0, Scene.primary(), now: $1) }
        #expect(
            Scene.news(in: scene.event { $0.listens(0, now: $1) }) == [
                .unproven(table: 1, .unknown), .unproven(table: 2, .unknown),
                .listening(target: 7, host: 0, at: scene.now),
            ])
    }

    @Test("A host whose LISTEN is refused is tried less and less often")
    func refusal() {
        var scene = Scene()
        var pauses: [Int64] = []
        for _ in 0..<8 {
            var pause: Int64 = 0
            while pause < 20_000, !scene.wait(10).contains(.connect(.host(0), host: 0)) { pause += 10 }
            pauses.append(pause)
            _ = scene.event { $0.connected(.host(0), isPooled: false, now: $1) }
            _ = scene.event { $0.checked(0, Scene.primary(), now: $1) }
            #expect(scene.event { $0.refused(0, now: $1) }.contains(.close(.host(0))))
        }
        #expect(pauses.last! > 3_000 && pauses.last! <= 10_000)
    }

    @Test("A connection on which beats that were sent don't arrive is made anew")
    func deafness() {
        var scene = Scene()
        _ = scene.begin()
        _ = scene.answerBeat()
        var actions: [LeaseAction] = []
        for _ in 0..<100 where !actions.contains(.close(.host(0))) {
            actions = scene.wait(100)
            if Scene.beat(in: actions) != nil { _ = scene.answerBeat() }
        }
        #expect(actions.starts(with: [.log(.deaf(host: 0)), .close(.host(0))]), "\(actions)")
    }

    @Test("Beats that are not answered say nothing of the connection that listens")
    func hangingBeat() {
        var scene = Scene()
        _ = scene.begin()
        var actions: [LeaseAction] = []
        for _ in 0..<100 where actions.isEmpty { actions = scene.wait(100) }
        #expect(actions == [.close(.beats)])
        #expect(scene.wait(100) == [.connect(.beats, host: 0)])
        // Nothing is found out anew: the next beat's look shows whether it must be.
        let next = scene.event { $0.connected(.beats, isPooled: false, now: $1) }
        #expect(Scene.beat(in: next) != nil)
    }
}
