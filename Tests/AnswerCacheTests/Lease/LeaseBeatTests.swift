// Which beats count, as of when, and what is told before.

import AnswerCache
import LookupValues
import Testing

private typealias Scene = LeaseScene

@Suite("Beats")
struct LeaseBeatTests {
    @Test("A beat that is answered and heard verifies as of when it was sent", arguments: [true, false])
    func counting(isHeardFirst: Bool) {
        var scene = Scene()
        let beat = scene.begin()
        let sentAt = scene.now
        var actions: [LeaseAction] = []
        for isHearing in [isHeardFirst, !isHeardFirst] {
            #expect(actions == [])
            actions =
                isHearing
                ? scene.event { $0.heardBeat(beat, now: $1) } : scene.answerBeat()
        }
        #expect(actions == [.tell(.verified(target: 7, host: 0, at: sentAt))])
    }

    @Test("Beats go out four times in the time that answers may be old")
    func pace() {
        var scene = Scene()
        _ = scene.begin()
        _ = scene.answerBeat()
        #expect(scene.wait(498) == [])
        #expect(Scene.beat(in: scene.wait(1)) == "beat 000000000000beef 3")
    }

    @Test("Beats of others and of before, garbled ones and those heard twice count for nothing")
    func others() {
        var scene = Scene()
        let beat = scene.begin()
        _ = scene.answerBeat()
        for text in [
            "beat 000000000000dead 2", "beat 000000000000beef 3", "beat 000000000000beef 02",
            "beat 000000000000beef 2 ", "beat ",
        ] {
            #expect(scene.event { $0.heardBeat(text, now: $1) } == [])
        }
        #expect(scene.event { $0.heardBeat(beat, now: $1) }.count == 1)
        #expect(scene.event { $0.heardBeat(beat, now: $1) } == [])
    }

    @Test("A beat that a later one has overtaken counts for nothing")
    func overtaken() {
        var scene = Scene()
        let first = scene.begin()
        _ = scene.answerBeat()
        let second = Scene.beat(in: scene.wait(500))!
        let sentAt = scene.now
        _ = scene.answerBeat()
        #expect(
            scene.event { $0.heardBeat(second, now: $1) }
                == [.tell(.verified(target: 7, host: 0, at: sentAt))])
        #expect(scene.event { $0.heardBeat(first, now: $1) } == [])
    }

    @Test("A beat of before the connection that listens was made counts for nothing")
    func earlier() {
        var scene = Scene()
        let first = scene.begin()
        _ = scene.answerBeat()
        _ = scene.event { $0.lost(.host(0), now: $1) }
        _ = scene.wait(100)
        _ = scene.event { $0.connected(.host(0), isPooled: false, now: $1) }
        _ = scene.event { $0.checked(0, Scene.primary(), now: $1) }
        _ = scene.event { $0.listens(0, now: $1) }
        #expect(scene.event { $0.heardBeat(first, now: $1) } == [])
    }

    @Test("What was heard before a beat is told before it counts, each table once a turn")
    func order() {
        var scene = Scene()
        let beat = scene.begin()
        let sentAt = scene.now
        _ = scene.answerBeat()
        let actions = scene.event {
            $0.heard(ChangedRows(relation: 16384, keys: ["1": [9, 3], "l1": [4]]), now: $1)
            $0.heard(ChangedRows(relation: 16384, keys: ["1": [3]]), now: $1)
            $0.heardBeat(beat, now: $1)
            $0.heard(ChangedRows(relation: 16390, keys: nil), now: $1)
            $0.heard(ChangedRows(relation: 16400, keys: nil), now: $1)
        }
        #expect(
            actions == [
                .tell(.changed(table: 1, keys: [3, 9])), .tell(.changed(table: 2, keys: nil)),
                .tell(.verified(target: 7, host: 0, at: sentAt)), .tell(.changed(table: 2, keys: nil)),
            ])
    }

    @Test("Keys of another recipe are not the table's; a change for all keys is")
    func recipes() {
        var scene = Scene(tables: [1])
        _ = scene.begin(
            Scene.proof([1: .proven(key: NotifiedKey(parameters: [0]), relations: [5: "l1", 6: nil])]))
        func told(_ rows: ChangedRows) -> [LeaseAction] { scene.event { $0.heard(rows, now: $1) } }
        #expect(told(ChangedRows(relation: 5, keys: ["1": [1]])) == [])
        #expect(told(ChangedRows(relation: 5, keys: ["l1": [1]])) == [.tell(.changed(table: 1, keys: [1]))])
        #expect(told(ChangedRows(relation: 5, keys: nil)) == [.tell(.changed(table: 1, keys: nil))])
        #expect(told(ChangedRows(relation: 6, keys: ["1": [1]])) == [.tell(.changed(table: 1, keys: nil))])
    }

    @Test("More keys than a limit in one turn are all of the table")
    func manyKeys() {
        var scene = Scene()
        _ = scene.begin()
        let actions = scene.event { lease, now in
            for key in 0..<300 {
                lease.heard(ChangedRows(relation: 16384, keys: ["1": [UInt64(key)]]), now: now)
            }
        }
        #expect(
            actions == [.tell(.changed(table: 1, keys: nil)), .tell(.changed(table: 2, keys: nil))])
    }

    @Test(
        "What is not understood is a change of everything: ten times a second at most, and before a beat")
    func unknown() {
        var scene = Scene()
        let beat = scene.begin()
        let sentAt = scene.now
        _ = scene.answerBeat()
        let all: [LeaseAction] = [1, 2].map { .tell(.changed(table: $0, keys: nil)) }
        #expect(scene.event { $0.heardUnknown(now: $1) } == [.log(.notUnderstood)] + all)
        #expect(scene.event { $0.heardUnknown(now: $1) } == [.log(.notUnderstood)])
        #expect(scene.lease.deadline == scene.now.advanced(byNanoseconds: 99_000_000))
        #expect(
            scene.event { $0.heardBeat(beat, now: $1) }
                == all + [.tell(.verified(target: 7, host: 0, at: sentAt))])
        #expect(scene.event { $0.heardUnknown(now: $1) } == [.log(.notUnderstood)])
        #expect(scene.wait(99) == all)
    }

    @Test("That no beat comes is said once, and that one comes again")
    func lateness() {
        var scene = Scene()
        let beat = scene.begin()
        _ = scene.event { $0.heardBeat(beat, now: $1) }
        _ = scene.answerBeat()
        let lost = Scene.beat(in: scene.wait(500))!
        #expect(lost != beat)
        #expect(scene.wait(1497) == [])
        #expect(scene.wait(1) == [.log(.late)])
        #expect(scene.wait(10) == [])
        let next = Scene.beat(in: scene.answerBeat())!
        _ = scene.answerBeat()
        #expect(
            Scene.remarks(in: scene.event { $0.heardBeat(next, now: $1) }) == [.verifiedAgain])
    }
}
