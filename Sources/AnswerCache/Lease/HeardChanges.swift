// Changes that were heard and not told yet.

internal import LookupValues

/// Gathers what the notifications of a turn say, so that a flood of them costs workers little: they are told each table once
/// a turn, and no more keys than a limit.
struct HeardChanges {
    private enum Change {
        case keys(Set<UInt64>)
        case all
    }

    /// How many keys of a table are told at most. Beyond this, all of it has changed.
    static let mostKeys = 256
    /// How long after a notification that could not be understood the next one has no effect, unless something is to be
    /// verified, in nanoseconds.
    static let pause: Int64 = 100_000_000

    private var changes: [Int: Change] = [:]
    /// Whether a notification was not understood: anything may have changed.
    private var isAnything = false
    private var anythingAfter = Instant(nanoseconds: .min)

    mutating func add(_ rows: ChangedRows, _ proofs: [TargetProof]) {
        for proof in proofs {
            for (table, found) in proof.tables {
                guard let recipe = found.relations[rows.relation] else { continue }
                guard let recipe, let keys = rows.keys else {
                    changes[table] = .all
                    continue
                }
                add(keys[recipe] ?? [], to: table)
            }
        }
    }

    private mutating func add(_ hashes: [UInt64], to table: Int) {
        if hashes.isEmpty { return }
        switch changes.removeValue(forKey: table) {
        case nil: changes[table] = .keys(Set(hashes))
        case .keys(let keys): changes[table] = .keys(keys.union(hashes))
        case .all: changes[table] = .all
        }
        if case .keys(let keys) = changes[table], keys.count > Self.mostKeys { changes[table] = .all }
    }

    mutating func addAnything() { isAnything = true }

    /// When what could not be understood is to be told; nil if there is nothing.
    var dueAt: Instant? { isAnything ? anythingAfter : nil }

    /// The news of what was heard.
    ///
    /// - Parameter isWhole: whether nothing may be held back.
    mutating func take(_ tables: [Int], isWhole: Bool, now: Instant) -> [CacheNews] {
        if isAnything && (isWhole || anythingAfter <= now) {
            isAnything = false
            anythingAfter = now.advanced(byNanoseconds: Self.pause)
            for table in tables { changes[table] = .all }
        }
        if changes.isEmpty { return [] }
        defer { changes = [:] }
        return changes.sorted { $0.key < $1.key }.map { table, change in
            switch change {
            case .keys(let keys): .changed(table: table, keys: keys.sorted())
            case .all: .changed(table: table, keys: nil)
            }
        }
    }
}
