// Facts of PostgreSQL's catalog on the relations that a plan reads.

/// A table, partition or materialized view.
package struct RelationFacts: Equatable, Sendable {
    /// As EXPLAIN writes it: with its schema, quoted if necessary.
    package let name: String
    /// An estimate.
    package let rowCount: Int
    package let indexes: [IndexFacts]
    /// The columns of type varchar, quoted if necessary. To compare them, PostgreSQL itself casts them to text, which keeps
    /// no index from being used.
    package let varchars: Set<String>

    package init(name: String, rowCount: Int, indexes: [IndexFacts], varchars: Set<String>) {
        self.name = name
        self.rowCount = rowCount
        self.indexes = indexes
        self.varchars = varchars
    }

    /// From this many rows on, reading all of them for one key is worth a warning. With fewer, a sequential scan takes a few
    /// milliseconds at most, and is often the right choice of PostgreSQL.
    package static let largeRowCount = 10_000
}

/// An index of a relation.
package struct IndexFacts: Equatable, Sendable {
    /// As EXPLAIN writes it: without its schema.
    package let name: String
    /// The access method, such as `btree`.
    package let method: String
    /// Its columns in their order, each a column's name or an expression, as pg_get_indexdef() writes them.
    package let keys: [String]
    package let isUnique: Bool
    /// Whether it has a predicate: then only queries that imply it can use the index.
    package let isPartial: Bool
    /// False after a CREATE INDEX CONCURRENTLY that has failed, for instance.
    package let isValid: Bool
    /// An estimate of its rows, fewer than the relation's if it is partial; nil if they have not been counted.
    package let rowCount: Int?

    package init(
        name: String, method: String, keys: [String], isUnique: Bool, isPartial: Bool, isValid: Bool,
        rowCount: Int?
    ) {
        self.name = name
        self.method = method
        self.keys = keys
        self.isUnique = isUnique
        self.isPartial = isPartial
        self.isValid = isValid
        self.rowCount = rowCount
    }

    /// Whether only a condition on the first column keeps a scan from reading the whole index. GIN, BRIN and Bloom
    /// take a condition on any column.
    var needsFirstKey: Bool { ["btree", "gist", "spgist", "hash"].contains(method) }
}
