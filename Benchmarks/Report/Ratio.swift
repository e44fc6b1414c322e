// What one contender has had in parts of what another one has had in the same rounds.

package struct Ratio: Codable, Equatable, Sendable {
    /// What the column is called: "of" somebody.
    package let title: String
    package let spread: Spread

    /// Divides round by round; nil unless both were measured in the same number of rounds.
    package init?(title: String, of values: [Double], to others: [Double]) {
        guard !values.isEmpty, values.count == others.count else { return nil }
        self.title = title
        spread = Spread(zip(values, others).map { $0 / $1 })
    }
}
