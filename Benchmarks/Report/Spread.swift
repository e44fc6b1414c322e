// The middle of several measurements, and how far they lie apart.

package struct Spread: Codable, Equatable, Sendable {
    package let median: Double
    package let least: Double
    package let most: Double

    /// Of one measurement at least.
    package init(_ values: [Double]) {
        let sorted = values.sorted()
        guard let first = sorted.first, let last = sorted.last else {
            preconditionFailure("nothing was measured")
        }
        median = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
        least = first
        most = last
    }
}
