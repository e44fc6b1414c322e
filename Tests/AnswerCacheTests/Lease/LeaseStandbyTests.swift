// Which standbys are verified, as of when, and behind which fences.

import AnswerCache
import LookupValues
import Testing

private typealias Scene = LeaseScene

@Suite("Standbys")
struct LeaseStandbyTests {
    /// Host 0 is listened to and verified, host 1 is a standby that is being asked.
    ///
    /// - Returns: when the beat was sent whose position was 100.
    private func begin(_ scene: inout Scene) -> Instant {
        _ = scene.wait(0)
        _ = scene.event { $0.connected(.host(1), isPooled: false, now: $1) }
        _ = scene.event { $0.checked(1, Scene.standby(replayed: 1), now: $1) }
        let beat = scene.begin()
        let sentAt = scene.now
        _ = scene.answerBeat(position: 100)
        #expect(
            scene.event { $0.heardBeat(beat, now: $1) } == [
                .tell(.verified(target: 7, host: 0, at: sentAt)), .check(host: 1, isPlain: false),
            ])
        return sentAt
    }

    @Test("A standby that has what the primary had is behind a fence, and verified as the primary is")
    func fence() {
        var scene = Scene(hosts: 2)
        let sentAt = begin(&scene)
        let actions = scene.event { $0.checked(1, Scene.standby(replayed: 100), now: $1) }
        #expect(
            actions == [
                .tell(.fence(target: 7, host: 1, heardBy: sentAt, provenAt: scene.now)),
                .tell(.verified(target: 7, host: 1, at: sentAt)), .log(.follows(host: 1)),
            ])
    }

    @Test("A standby that lags is verified without a fence, and asked again soon")
    func lag() {
        var scene = Scene(hosts: 2)
        let sentAt = begin(&scene)
        let actions = scene.event { $0.checked(1, Scene.standby(replayed: 99), now: $1) }
        #expect(Scene.news(in: actions) == [.verified(target: 7, host: 1, at: sentAt)])
        #expect(scene.wait(50) == [.check(host: 1, isPlain: false)])
        #expect(
            Scene.news(in: scene.event { $0.checked(1, Scene.standby(replayed: 100), now: $1) }).first
                == .fence(target: 7, host: 1, heardBy: sentAt, provenAt: scene.now))
    }

    @Test("It is verified as of when it was asked, if that was before the last beat that counts")
    func asked() {
        var scene = Scene(hosts: 2)
        _ = begin(&scene)
        let askedAt = scene.now
        let second = Scene.beat(in: scene.wait(500))!
        _ = scene.answerBeat(position: 200)
        _ = scene.event { $0.heardBeat(second, now: $1) }
        let actions = scene.event { $0.checked(1, Scene.standby(replayed: 300), now: $1) }
        #expect(Scene.news(in: actions).last == .verified(target: 7, host: 1, at: askedAt))
    }

    @Test(
        "What is not known to be the primary's standby is not verified",
        arguments: [
            Scene.standby(system: "other", replayed: 100), Scene.standby(timeline: "2", replayed: 100),
            Scene.standby(system: nil, replayed: 100), Scene.standby(timeline: nil, replayed: 100),
            Scene.primary(),
        ])
    func other(report: HostReport) {
        var scene = Scene(hosts: 2)
        _ = begin(&scene)
        // It was told at the beginning that it is not.
        #expect(Scene.news(in: scene.event { $0.checked(1, report, now: $1) }) == [])
    }

    @Test(
        "A standby that was verified is not any more as soon as it is another's, promoted or lost",
        arguments: [Scene.standby(timeline: "2", replayed: 200), Scene.primary(timeline: "2"), nil])
    func change(report: HostReport?) {
        var scene = Scene(hosts: 2)
        _ = begin(&scene)
        _ = scene.event { $0.checked(1, Scene.standby(replayed: 100), now: $1) }
        #expect(scene.wait(500).contains(.check(host: 1, isPlain: false)))
        let actions = scene.event { lease, now in
            if let report { lease.checked(1, report, now: now) } else { lease.lost(.host(1), now: now) }
        }
        #expect(Scene.news(in: actions) == [.unverified(target: 7, host: 1)])
        #expect(Scene.remarks(in: actions) == [.followsNot(host: 1)])
    }

    @Test("A change brings the next beat forward, so that standbys are soon known to have it")
    func hurry() {
        var scene = Scene(hosts: 2)
        _ = begin(&scene)
        _ = scene.event { $0.checked(1, Scene.standby(replayed: 100), now: $1) }
        _ = scene.event { $0.heard(ChangedRows(relation: 16384, keys: nil), now: $1) }
        #expect(Scene.beat(in: scene.wait(96)) != nil)
    }

    @Test("One that does not tell all is asked only whether it is a standby, for a while")
    func plain() {
        var scene = Scene(hosts: 2)
        _ = begin(&scene)
        #expect(scene.event { $0.refused(1, now: $1) } == [.check(host: 1, isPlain: true)])
        let report = HostReport(isStandby: true, system: nil, timeline: nil, replayed: nil)
        #expect(Scene.news(in: scene.event { $0.checked(1, report, now: $1) }) == [])
        #expect(scene.wait(500).contains(.check(host: 1, isPlain: true)))
    }

    @Test("A standby far behind is behind the fence of what it has, of many places between")
    func farBehind() {
        var scene = Scene(hosts: 2)
        _ = begin(&scene)
        var sent: [Instant] = []
        for number in 1...400 {
            _ = scene.event { $0.checked(1, Scene.standby(replayed: 1), now: $1) }
            let beat = Scene.beat(in: scene.wait(500))!
            sent.append(scene.now)
            _ = scene.answerBeat(position: 100 + UInt64(number))
            _ = scene.event { $0.heardBeat(beat, now: $1) }
        }
        let news = Scene.news(in: scene.event { $0.checked(1, Scene.standby(replayed: 300), now: $1) })
        guard case .fence(_, _, let heardBy, _) = news.first else {
            Issue.record("there is no fence: \(news)")
            return
        }
        #expect(heardBy <= sent[199] && heardBy > sent[150])
    }
}
