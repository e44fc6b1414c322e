// What reading ahead costs a worker, and what it brings: memory, and counts for each map.

package import LookupStatistics
package import LookupValues

/// The account of all clients of a worker. Their `ReadAhead` values keep it.
package struct ReadAheadAccount: Sendable {
    /// The bytes that may be kept for one client, and for all clients of a worker.
    package static let clientLimit = 4_096
    package static let workerLimit = 16 << 20

    /// How old an answer may be when it is used, in nanoseconds since it was asked for; 0: nothing is read ahead.
    package var bound: Int64
    /// The bytes that are kept for all clients.
    package private(set) var bytes = 0
    private let limit: Int
    private var maps: [(counts: ReadAheadStatistics, worth: ReadAheadWorth)] = []

    /// - Parameter limit: of the bytes for all clients.
    package init(bound: Int64 = 0, limit: Int = workerLimit) {
        self.bound = bound
        self.limit = limit
    }

    /// Whether keys of this map may be asked for ahead.
    package func allowsReadingAhead(inMap map: Int, at now: Instant) -> Bool {
        bound > 0 && (map >= maps.count || maps[map].worth.allowsReadingAhead(at: now))
    }

    /// The counts of a map.
    package func counts(ofMap map: Int) -> ReadAheadStatistics {
        map < maps.count ? maps[map].counts : ReadAheadStatistics()
    }

    // MARK: Keeping it

    /// Takes so many bytes for a client that has `kept` already.
    ///
    /// - Returns: false if that is too much; then nothing is taken.
    mutating func reserve(_ count: Int, besides kept: Int) -> Bool {
        guard kept + count <= Self.clientLimit, bytes + count <= limit else { return false }
        bytes += count
        return true
    }

    mutating func free(_ count: Int) {
        bytes -= count
        precondition(bytes >= 0, "more was freed than was kept")
    }

    mutating func noteAsked(inMap map: Int) {
        while maps.count <= map { maps.append((ReadAheadStatistics(), ReadAheadWorth())) }
        maps[map].counts.asked += 1
    }

    mutating func noteUsed(inMap map: Int, now: Instant) {
        maps[map].counts.used += 1
        _ = maps[map].worth.note(isUsed: true, now: now)
    }

    mutating func noteThrownAway(inMap map: Int, now: Instant) {
        maps[map].counts.thrownAway += 1
        if maps[map].worth.note(isUsed: false, now: now) { maps[map].counts.givenUp += 1 }
    }
}
