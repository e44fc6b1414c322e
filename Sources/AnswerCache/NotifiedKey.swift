// What of a key a notification names.

/// The parameters of a table's query that a notification names: the texts of these parameters, joined by NUL bytes, are
/// hashed.
package struct NotifiedKey: Hashable, Sendable {
    /// Counted from 0; one at least.
    package let parameters: [Int]

    package init(parameters: [Int]) {
        self.parameters = parameters
    }
}
