// What is told of tables when what they depend on is found out, and changes.

import AnswerCache
import Testing

private typealias Scene = LeaseScene

@Suite("Proofs")
struct LeaseProofTests {
    private let unproven: [CacheNews] = [
        .unproven(table: 1, .unknown), .unproven(table: 2, .unknown),
    ]

    @Test(
        "A beat whose look has changed counts for nothing: nothing is proven any more, all is found out anew")
    func otherLook() {
        var scene = Scene()
        let beat = scene.begin()
        _ = scene.event { $0.heardBeat(beat, now: $1) }
        let actions = scene.answerBeat(value: "other")
        #expect(Scene.news(in: actions) == unproven)
        #expect(scene.wait(500) == Self.reopening)
        #expect(scene.event { $0.connected(.beats, isPooled: false, now: $1) } == [.analyse(number: 2)])
        #expect(scene.analyse(Scene.proof(value: "other"), number: 2) == Self.reopening)
        let next = scene.answerBeat(value: "other")
        #expect(Scene.news(in: next).count == 2)
        #expect(Scene.beat(in: next) != nil)
    }

    private static let reopening: [LeaseAction] = [.close(.beats), .connect(.beats, host: 0)]

    @Test("What is found out in a session is not proven if one that is begun after that shows other settings")
    func oldSession() {
        var scene = Scene()
        let beat = scene.begin()
        _ = scene.answerBeat(value: "settings given anew")
        _ = scene.wait(500)
        _ = scene.event { $0.connected(.beats, isPooled: false, now: $1) }
        // They were given after this session had begun.
        let old = Scene.proof(value: "given anew, path as before")
        #expect(scene.analyse(old, number: 2) == Self.reopening)
        let actions = scene.answerBeat(value: "given anew, other path")
        #expect(Scene.news(in: actions) == unproven)
        #expect(scene.event { $0.heardBeat(beat, now: $1) } == [])
        #expect(scene.wait(500) == Self.reopening)
        #expect(scene.event { $0.connected(.beats, isPooled: false, now: $1) } == [.analyse(number: 3)])
    }

    @Test("Nothing is proven until every session that is used for lookups has what was found")
    func oldSessions() {
        var scene = Scene(freshness: 700)
        _ = scene.wait(0)
        _ = scene.event { $0.connected(.host(0), isPooled: false, now: $1) }
        _ = scene.event { $0.checked(0, Scene.primary(), now: $1) }
        _ = scene.event { $0.listens(0, now: $1) }
        _ = scene.event { $0.connected(.beats, isPooled: false, now: $1) }
        _ = scene.analyse(Scene.proof(), number: 1)
        let foundAt = scene.clock - 1
        #expect(scene.answerBeat() == [])
        #expect(Scene.beat(in: scene.wait(foundAt + 501 - scene.clock)) != nil)
        #expect(scene.answerBeat() == [])
        #expect(scene.wait(foundAt + 699 - scene.clock) == [])
        #expect(Scene.beat(in: scene.wait(1)) != nil)
        #expect(Scene.news(in: scene.answerBeat()).count == 2)
    }

    @Test("What changes between what is found out and the first beat is noticed")
    func changeBetween() {
        var scene = Scene()
        _ = scene.begin()
        _ = scene.answerBeat(value: "other")
        _ = scene.wait(500)
        _ = scene.event { $0.connected(.beats, isPooled: false, now: $1) }
        _ = scene.analyse(Scene.proof(value: "before"), number: 2)
        #expect(Scene.news(in: scene.answerBeat(value: "after")) == unproven)
    }

    @Test("Nothing is proven while a transaction is open that may have fired a trigger as it was before")
    func writers() {
        var scene = Scene()
        _ = scene.wait(0)
        _ = scene.event { $0.connected(.host(0), isPooled: false, now: $1) }
        _ = scene.event { $0.checked(0, Scene.primary(), now: $1) }
        _ = scene.event { $0.listens(0, now: $1) }
        _ = scene.event { $0.connected(.beats, isPooled: false, now: $1) }
        let found = scene.event {
            $0.analysed(Scene.proof(writers: ["3/7", "4/9"]), number: 1, now: $1)
        }
        #expect(
            found == [.log(.awaitsWriters)] + Self.reopening)
        #expect(
            scene.event { $0.connected(.beats, isPooled: false, now: $1) } == [
                .beat(
                    LeaseBeat(
                        text: "beat 000000000000beef 1", look: Scene.look, relations: [16384, 16390]))
            ])
        #expect(Scene.news(in: scene.answerBeat(writers: ["4/9", "5/1"])) == [])
        #expect(Scene.beat(in: scene.wait(500)) != nil)
        let ended = scene.answerBeat(writers: ["5/1"])
        #expect(
            Scene.news(in: ended) == [
                .proven(table: 1, key: NotifiedKey(parameters: [0])), .proven(table: 2, key: nil),
            ])
        // That beat was sent before it was proven.
        #expect(scene.event { $0.heardBeat("beat 000000000000beef 2", now: $1) } == [])
    }

    @Test("Tables that are adopted are found out while the others stay proven")
    func adoption() {
        var scene = Scene(tables: [1])
        let one: [Int: TableProof] = [1: .proven(key: nil, relations: [5: nil])]
        _ = scene.begin(Scene.proof(one))
        _ = scene.answerBeat()
        let adopted = scene.event { $0.adopt([1, 3], now: $1) }
        #expect(adopted == [.tell(.unproven(table: 3, .unknown)), .analyse(number: 2)])
        var both = one
        both[3] = .proven(key: nil, relations: [6: nil])
        let found = scene.event { $0.analysed(Scene.proof(both, value: "both"), number: 2, now: $1) }
        // The old look once more: what was proven has been so all the while.
        #expect(Scene.news(in: found) == [] && Scene.beat(in: found) != nil)
        #expect(Scene.news(in: scene.answerBeat()) == [.proven(table: 3, key: nil)])
        #expect(
            scene.event { $0.heard(ChangedRows(relation: 6, keys: nil), now: $1) }
                == [.tell(.changed(table: 3, keys: nil))])
    }

    @Test("Tables that leave are not proven any more, for workers that still have them")
    func leaving() {
        var scene = Scene()
        _ = scene.begin()
        let actions = scene.event {
            $0.heard(ChangedRows(relation: 16390, keys: nil), now: $1)
            $0.adopt([1], now: $1)
        }
        #expect(
            Scene.news(in: actions) == [.changed(table: 2, keys: nil), .unproven(table: 2, .unheard)])
    }

    @Test("If the old look has changed meanwhile, nothing stays proven")
    func changeWhileAdopting() {
        var scene = Scene(tables: [1])
        let one: [Int: TableProof] = [1: .proven(key: nil, relations: [5: nil])]
        _ = scene.begin(Scene.proof(one))
        _ = scene.answerBeat()
        _ = scene.event { $0.adopt([1, 3], now: $1) }
        var both = one
        both[3] = .proven(key: nil, relations: [6: nil])
        _ = scene.event { $0.analysed(Scene.proof(both, value: "both"), number: 2, now: $1) }
        #expect(
            Scene.news(in: scene.answerBeat(value: "other"))
                == [.unproven(table: 1, .unknown), .unproven(table: 3, .unknown)])
    }

    @Test("Tables that are adopted while all is found out are found out next")
    func adoptionMeanwhile() {
        var scene = Scene()
        _ = scene.wait(0)
        _ = scene.event { $0.connected(.host(0), isPooled: false, now: $1) }
        _ = scene.event { $0.checked(0, Scene.primary(), now: $1) }
        _ = scene.event { $0.listens(0, now: $1) }
        _ = scene.event { $0.connected(.beats, isPooled: false, now: $1) }
        _ = scene.event { $0.adopt([1, 2, 3], now: $1) }
        #expect(scene.event { $0.analysed(Scene.proof(), number: 1, now: $1) } == Self.reopening)
        #expect(scene.event { $0.connected(.beats, isPooled: false, now: $1) } == [.analyse(number: 2)])
    }

    @Test(
        "Where a table is not proven, all is found out anew later, sooner if something was in the way",
        arguments: [true, false])
    func triggersMissing(isSettled: Bool) {
        var scene = Scene(tables: [1])
        let found = Scene.proof([1: .unproven(.triggers)], isSettled: isSettled)
        _ = scene.begin(found)
        let begunAt = scene.clock
        var actions = scene.answerBeat()
        for _ in 0..<4_000 where !actions.contains(.analyse(number: 2)) {
            actions = scene.wait(100)
            guard let beat = Scene.beat(in: actions) else { continue }
            _ = scene.answerBeat()
            _ = scene.event { $0.heardBeat(beat, now: $1) }
        }
        #expect((isSettled ? 299_000...301_000 : 1_900...2_300).contains(scene.clock - begunAt))
        #expect(Scene.news(in: scene.event { $0.analysed(found, number: 2, now: $1) }) == [])
        // Nothing has changed, so that nothing is told.
        #expect(Scene.news(in: scene.answerBeat()) == [])
    }

    @Test("A server that refuses to tell is asked less and less often, and that is said once")
    func refusal() {
        var scene = Scene()
        _ = scene.wait(0)
        _ = scene.event { $0.connected(.host(0), isPooled: false, now: $1) }
        _ = scene.event { $0.checked(0, Scene.primary(), now: $1) }
        _ = scene.event { $0.listens(0, now: $1) }
        _ = scene.event { $0.connected(.beats, isPooled: false, now: $1) }
        #expect(scene.event { $0.analysisFailed(now: $1) } == [.log(.refused)])
        #expect(scene.wait(1999) == [])
        #expect(scene.wait(1) == Self.reopening)
        #expect(scene.event { $0.connected(.beats, isPooled: false, now: $1) } == [.analyse(number: 2)])
        #expect(scene.event { $0.analysisFailed(now: $1) } == [])
        #expect(scene.wait(3999) == [])
        #expect(scene.wait(1) == Self.reopening)
        #expect(scene.event { $0.connected(.beats, isPooled: false, now: $1) } == [.analyse(number: 3)])
    }

    @Test("Beats that are refused count for nothing, and three in a row end what is proven")
    func refusedBeats() {
        var scene = Scene()
        var beat = scene.begin()
        for _ in 0..<2 {
            #expect(scene.event { $0.beatFailed(now: $1) } == [])
            #expect(scene.event { $0.heardBeat(beat, now: $1) } == [])
            beat = Scene.beat(in: scene.wait(500))!
        }
        #expect(Scene.news(in: scene.event { $0.beatFailed(now: $1) }) == unproven)
    }
}
