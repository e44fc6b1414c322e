// The columns from which a trigger computes the hash of a key.

/// The columns that a query compares with the texts of its key, in the order of those texts: see `NotifiedKey`.
package struct KeyRecipe: Hashable, Sendable {
    /// A column, or lower() of it.
    package struct Part: Hashable, Sendable {
        /// attnum.
        package let column: Int16
        package let isLower: Bool

        package init(column: Int16, isLower: Bool) {
            self.column = column
            self.isLower = isLower
        }
    }

    /// One at least.
    package let parts: [Part]

    package init(parts: [Part]) {
        self.parts = parts
    }

    /// Reads what `name` says. Nil if the text is something else.
    init?(name: some StringProtocol) {
        parts = name.split(separator: "+", omittingEmptySubsequences: false).compactMap { text in
            let isLower = text.first == "l"
            return Int16(text.dropFirst(isLower ? 1 : 0)).map { Part(column: $0, isLower: isLower) }
        }
        guard !parts.isEmpty, self.name == name else { return nil }
    }

    /// How notifications name it: `1`, `l1` for lower(), `5+6` for two columns. A column's number means the same column for
    /// as long as the table exists, so that a name means the same whatever has become of the triggers meanwhile.
    package var name: String {
        parts.map { "\($0.isLower ? "l" : "")\($0.column)" }.joined(separator: "+")
    }
}
