// What was found out of a target's tables at once.

/// What the tables' queries depend on, and which of them have their changes notified.
package struct TargetProof: Equatable, Sendable {
    /// SQL for one text, which changes as soon as anything has changed that all this follows from.
    package let look: String
    /// The text that it returned before the last part of this was found out.
    package let value: String
    /// False if something was in the way that may be gone soon.
    package let isSettled: Bool
    /// By number.
    package let tables: [Int: TableProof]
    /// The virtual transactions that held a lock for writing on one of the relations after all was found as it should be.
    /// They may have fired a trigger as it was before, and say nothing at their commit.
    package let writers: Set<String>

    package init(
        look: String, value: String, isSettled: Bool, tables: [Int: TableProof], writers: Set<String>
    ) {
        self.look = look
        self.value = value
        self.isSettled = isSettled
        self.tables = tables
        self.writers = writers
    }

    var isAnyProven: Bool { tables.values.contains { $0.bypass == nil } }
    var isEachProven: Bool { tables.values.allSatisfy { $0.bypass == nil } }

    /// The relations of proven tables, by OID.
    var relations: [UInt32] { Set(tables.values.flatMap(\.relations.keys)).sorted() }
}

/// What was found out of one table's query.
package struct TableProof: Equatable, Sendable {
    /// Why its answers can't be given by notification; nil if they can.
    package let bypass: CacheBypass?
    /// What a notification for a key names; nil: nothing, as each is for all keys.
    package let key: NotifiedKey?
    /// The relations whose rows count, by OID, and the name of the recipe by which notifications name keys; nil if any change
    /// counts for all keys. Empty if answers can't be given by notification.
    package let relations: [UInt32: String?]

    private init(bypass: CacheBypass?, key: NotifiedKey?, relations: [UInt32: String?]) {
        self.bypass = bypass
        self.key = key
        self.relations = relations
    }

    package static func proven(key: NotifiedKey?, relations: [UInt32: String?]) -> TableProof {
        TableProof(bypass: nil, key: key, relations: relations)
    }

    package static func unproven(_ bypass: CacheBypass) -> TableProof {
        TableProof(bypass: bypass, key: nil, relations: [:])
    }
}

/// What a notification says of changes; see `ChangeNotice`.
package struct ChangedRows: Equatable, Sendable {
    /// By OID.
    package let relation: UInt32
    /// Hashes by the names of their recipes; nil: any key.
    package let keys: [String: [UInt64]]?

    package init(relation: UInt32, keys: [String: [UInt64]]?) {
        self.relation = relation
        self.keys = keys
    }
}
