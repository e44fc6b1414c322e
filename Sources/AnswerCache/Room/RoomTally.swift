// What of a room a table has.

internal import LookupValues

/// The records of one table.
struct RoomTally: BitwiseCopyable {
    /// Those whose queries were sent until then are not the table's any more, and only wait to be evicted.
    var since = Instant(nanoseconds: .min)
    var entries = 0
    var bytes = 0
    var evicted = 0
}
