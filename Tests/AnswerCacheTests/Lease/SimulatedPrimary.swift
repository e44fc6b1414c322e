// A model of a primary with its triggers and notifications, and of its standby. It shares no code with what it judges.

import LookupValues

/// Commits, in their order, and who sees and hears them when. Times are in milliseconds.
struct SimulatedPrimary {
    struct Commit {
        let time: Int64
        /// The number of the change; nil if it was a beat or something else.
        var change: UInt64?
        /// What the queue of notifications has of it; nil: nothing.
        var payload: String?
    }

    private(set) var commits: [Commit] = []
    /// A number for the triggers, as the look shows it.
    private(set) var machinery = 1
    /// Whether a change is notified, where there are triggers.
    private(set) var isIntact = true
    /// Those that new sessions are given: by each other one, the tables are in a schema without triggers.
    private(set) var settings = 0
    /// Transactions that fired a trigger that said nothing, and are open.
    private(set) var openWriters: Set<String> = []
    private var changes: UInt64 = 0
    private var writers = 0

    /// What pg_current_wal_insert_lsn() is.
    var position: UInt64 { UInt64(commits.count) }

    static func hasTriggers(under settings: Int) -> Bool { settings % 2 == 0 }

    /// Whether a change is notified of what new sessions read.
    var isNotified: Bool { isIntact && Self.hasTriggers(under: settings) }

    /// What the look shows in a session that was given these settings.
    func look(in session: Int) -> String { "\(machinery) given \(settings) path \(session % 2)" }

    mutating func changeSettings() { settings += 1 }

    mutating func commitChange(at time: Int64, isNotified: Bool) {
        changes += 1
        commits.append(
            Commit(time: time, change: changes, payload: isNotified ? "change \(changes)" : nil))
    }

    mutating func commit(payload: String, at time: Int64) {
        commits.append(Commit(time: time, payload: payload))
    }

    /// Triggers are dropped or made, or away for one transaction with a change.
    mutating func changeMachinery(isIntact: Bool, withChange: Bool, at time: Int64) {
        machinery += 1
        self.isIntact = isIntact
        if withChange { commitChange(at: time, isNotified: false) }
    }

    mutating func beginWriter() {
        writers += 1
        openWriters.insert("w\(writers)")
    }

    mutating func endWriter(at time: Int64) {
        guard let writer = openWriters.min() else { return }
        openWriters.remove(writer)
        commitChange(at: time, isNotified: false)
    }
}

/// A host that replays the primary's commits late, and may turn to another primary.
struct SimulatedStandby {
    /// When each of the primary's commits became visible here.
    private(set) var visibleAt: [Int64] = []
    private(set) var isForeign = false
    /// When changes of the other primary became visible here.
    private(set) var foreignChanges: [Int64] = []

    /// Replays up to this many of the primary's commits.
    mutating func replay(upTo count: Int, at time: Int64) {
        while !isForeign && visibleAt.count < count { visibleAt.append(time) }
    }

    mutating func turnAway(at time: Int64) {
        isForeign = true
        foreignChanges.append(time)
    }

    /// Begins anew as a standby that has all.
    mutating func turnBack(_ count: Int, at time: Int64) {
        isForeign = false
        replay(upTo: count, at: time)
    }

    var position: UInt64 { UInt64(visibleAt.count) + (isForeign ? 1_000_000 : 0) }
}
