// How far a standby must have come to have all that was heard.

internal import LookupValues

/// Places in the primary's WAL, each with the moment by which the notifications had come whose changes lie before it.
struct ReplayMarks {
    private struct Mark {
        let position: UInt64
        let heardBy: Instant
    }

    /// How many are kept: a standby that lags far behind is proved to be somewhere between two of them.
    private static let mostMarks = 128

    private var marks: [Mark] = []

    /// - Parameters:
    ///   - position: asked for after `heardBy`.
    mutating func add(position: UInt64, heardBy: Instant) {
        marks.append(Mark(position: position, heardBy: heardBy))
        if marks.count <= Self.mostMarks { return }
        // Each second one goes, but not the latest.
        let latest = marks.count - 1
        marks = marks.indices.filter { ($0 - latest) % 2 == 0 }.map { marks[$0] }
    }

    /// The latest moment by which all that was heard has been replayed by a standby that has come so far.
    func heard(replayed: UInt64) -> Instant? {
        marks.last { $0.position <= replayed }?.heardBy
    }

    /// Whether a standby that has come so far lacks something.
    func exceed(_ replayed: UInt64) -> Bool {
        marks.last.map { $0.position > replayed } ?? false
    }
}
