// What tells one way of escaping from another.

/// What the escape of a byte depends on.
package struct Escaping: Equatable, Sendable {
    package var hasStandardStrings = true
    /// libpq's number.
    package var encoding: Int32 = 0

    package init() {}

    init(hasStandardStrings: Bool, encoding: Int32) {
        self.hasStandardStrings = hasStandardStrings
        self.encoding = encoding
    }
}
