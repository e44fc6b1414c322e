// What the triggers of a relation must tell for a query.

/// A table, a partitioned table or a partition, and what must be told of changes of its rows.
package struct RelationNeeds: Equatable, Sendable {
    /// Its OID.
    package let relation: UInt32
    /// Without quotes.
    package let schema: String
    package let name: String
    /// Those whose values count, by number.
    package let columns: [NeededColumn]
    /// How a change for some keys only is told; nil: any change counts for all keys.
    package let recipe: KeyRecipe?

    package init(relation: UInt32, schema: String, name: String, columns: [NeededColumn], recipe: KeyRecipe?)
    {
        self.relation = relation
        self.schema = schema
        self.name = name
        self.columns = columns
        self.recipe = recipe
    }
}

/// A column whose values count.
package struct NeededColumn: Hashable, Sendable {
    /// How two values of the column are compared, so that equal ones can't be told apart by any query.
    package enum Comparison: String, Sendable {
        /// By the type's own equality, which is exact.
        case plain = "p"
        /// Byte by byte: a text under COLLATE "C".
        case bytes = "b"
        /// What the type's output function makes of it, byte by byte: the type's equality is not exact (citext, numeric,
        /// float8), or there is none (json, point).
        case shown = "s"
    }

    /// attnum.
    package let number: Int16
    /// Without quotes.
    package let name: String
    package let comparison: Comparison

    package init(number: Int16, name: String, comparison: Comparison) {
        self.number = number
        self.name = name
        self.comparison = comparison
    }
}
