// Tells whether all workers' loops turn: what the service manager's watchdog is to be told, and nothing less.

internal import LookupValues

/// Rounds in which every worker that runs is asked for a sign of life. The next one begins when all have answered, and
/// never sooner than a quarter of the watchdog's time after the last one.
struct WorkerWatch {
    private let pause: Int64
    private var running: Set<Int>
    /// Those that have been asked and have not answered. Nil between two rounds.
    private var silent: Set<Int>?
    private var nextRound: Instant

    /// - Parameter interval: how often the watchdog wants to be told, in nanoseconds.
    init(workers: Int, interval: Int64, now: Instant) {
        running = Set(0..<workers)
        pause = max(1, interval / 4)
        nextRound = now
    }

    /// When the next round is due; nil while one is under way.
    var deadline: Instant? { silent == nil ? nextRound : nil }

    /// Begins a round where one is due: these are to be asked.
    mutating func begin(now: Instant) -> [Int] {
        guard silent == nil, nextRound <= now else { return [] }
        nextRound = now.advanced(byNanoseconds: pause)
        silent = running
        return running.sorted()
    }

    /// A worker has answered. True where that was the last one: all loops turn.
    mutating func heard(from worker: Int) -> Bool {
        silent?.remove(worker)
        return isOver()
    }

    /// A worker has begun, and is asked from the next round on.
    mutating func began(_ worker: Int) {
        running.insert(worker)
    }

    /// A worker has ended, and will not answer. True where all the others have.
    mutating func ended(_ worker: Int) -> Bool {
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
