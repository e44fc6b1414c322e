// Tells whether the loops of all workers turn: only then is the service manager's watchdog notified.

package import LookupValues

/// Rounds in which every running worker is asked for a sign of life. The next round begins when all have answered, but not
/// sooner than a quarter of the watchdog's time after the last one began.
package struct WorkerWatch {
    private let pause: Int64
    private var running: Set<Int>
    /// The workers that have been asked and have not answered. Nil between two rounds.
    private var silent: Set<Int>?
    private var nextRound: Instant

    package init(pause: Int64, running: Set<Int>, silent: Set<Int>? = nil, nextRound: Instant) {
        self.pause = pause
        self.running = running
        self.silent = silent
        self.nextRound = nextRound
    }

    /// - Parameter interval: how often the watchdog must be notified, in nanoseconds.
    package init(workers: Int, interval: Int64, now: Instant) {
        running = Set(0..<workers)
        pause = max(1, interval / 4)
        nextRound = now
    }

    /// When the next round is due; nil while one is under way.
    package var deadline: Instant? { silent == nil ? nextRound : nil }

    /// Begins a round if one is due, and returns the workers to be asked.
    package mutating func begin(now: Instant) -> [Int] {
        guard silent == nil, nextRound <= now else { return [] }
        nextRound = now.advanced(byNanoseconds: pause)
        silent = running
        return running.sorted()
    }

    /// A worker has answered. True if it was the last one: all loops turn.
    package mutating func heard(from worker: Int) -> Bool {
        silent?.remove(worker)
        return isOver()
    }

    /// A worker has begun, and is asked from the next round on.
    package mutating func began(_ worker: Int) {
        running.insert(worker)
    }

    /// A worker has ended, and will not answer. True if all the others have answered.
    package mutating func ended(_ worker: Int) -> Bool {
        running.remove(worker)
        silent?.remove(worker)
        return isOver()
    }

    private mutating func isOver() -> Bool {
        guard silent?.isEmpty == true else { return false }
        silent = nil
        return true
    }
}
