// Numbers from other programs, kept within the bounds of an Int: none of them traps.

extension Int {
    /// The nearest whole number; the greatest or the least Int if it is beyond, and 0 for NaN.
    package init(nearest number: Double) {
        if let exact = Int(exactly: number.rounded()) {
            self = exact
        } else {
            self = number.isNaN ? 0 : number < 0 ? .min : .max
        }
    }

    /// Adds another number; the sum ends at the greatest and the least Int.
    package mutating func add(clamping other: Int) {
        let (sum, overflow) = addingReportingOverflow(other)
        self = overflow ? (other < 0 ? .min : .max) : sum
    }
}
