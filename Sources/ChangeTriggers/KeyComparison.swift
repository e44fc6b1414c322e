// A comparison of a column with the key.

/// `column = $n` or `lower(column) = $n`, of texts by their bytes.
package struct KeyComparison: Hashable, Sendable {
    package let part: KeyRecipe.Part
    /// Counted from 0.
    package let parameter: Int
    /// The collations under which the texts are compared, and lower() is made.
    package let collations: Set<UInt32>
}
