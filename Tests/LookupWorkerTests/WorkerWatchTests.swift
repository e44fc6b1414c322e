// When the service manager is told that the daemon is alive.

import LookupValues
import Testing

@testable import LookupWorker

/// A watch as the daemon holds it, which expectations can have change.
private final class Watch {
    private var watch: WorkerWatch

    init(workers: Int, interval: Int64, now: Instant) {
        watch = WorkerWatch(workers: workers, interval: interval, now: now)
    }

    var deadline: Instant? { watch.deadline }
    func begin(now: Instant) -> [Int] { watch.begin(now: now) }
    func heard(from worker: Int) -> Bool { watch.heard(from: worker) }
    func ended(_ worker: Int) -> Bool { watch.ended(worker) }
}

private func at(_ nanoseconds: Int64) -> Instant { Instant(nanoseconds: nanoseconds) }

@Test("A round is over when every worker has answered")
func aRoundIsOverWhenEveryWorkerHasAnswered() {
    let watch = Watch(workers: 3, interval: 400, now: at(0))
    #expect(watch.deadline == at(0))
    #expect(watch.begin(now: at(0)) == [0, 1, 2])
    #expect(watch.deadline == nil)
    #expect(!watch.heard(from: 2))
    #expect(!watch.heard(from: 0))
    #expect(!watch.heard(from: 0))
    #expect(watch.heard(from: 1))
    #expect(watch.deadline == at(100))
}

@Test("The next round begins a quarter of the interval after the last")
func theNextRoundBeginsAQuarterOfTheIntervalAfterTheLast() {
    let watch = Watch(workers: 1, interval: 400, now: at(1000))
    #expect(watch.begin(now: at(999)) == [])
    #expect(watch.begin(now: at(1010)) == [0])
    #expect(watch.heard(from: 0))
    #expect(watch.begin(now: at(1109)) == [])
    #expect(watch.begin(now: at(1110)) == [0])
}

@Test("A worker that does not answer ends all rounds")
func aWorkerThatDoesNotAnswerEndsAllRounds() {
    let watch = Watch(workers: 2, interval: 400, now: at(0))
    #expect(watch.begin(now: at(0)) == [0, 1])
    #expect(!watch.heard(from: 1))
    for time in [100, 400, 1_000_000] as [Int64] { #expect(watch.begin(now: at(time)) == []) }
    // It was only slow.
    #expect(watch.heard(from: 0))
    #expect(watch.begin(now: at(1_000_000)) == [0, 1])
}

@Test("A worker that has ended is not waited for")
func aWorkerThatHasEndedIsNotWaitedFor() {
    let watch = Watch(workers: 2, interval: 400, now: at(0))
    #expect(watch.begin(now: at(0)) == [0, 1])
    #expect(!watch.heard(from: 1))
    #expect(watch.ended(0))
    #expect(watch.begin(now: at(100)) == [1])
    #expect(watch.heard(from: 1))
}

@Test("An answer between two rounds tells nothing")
func anAnswerBetweenTwoRoundsTellsNothing() {
    let watch = Watch(workers: 2, interval: 400, now: at(0))
    #expect(!watch.heard(from: 0))
    #expect(!watch.ended(1))
    #expect(watch.begin(now: at(0)) == [0])
}
