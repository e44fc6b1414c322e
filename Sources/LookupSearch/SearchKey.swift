// A key of a search.

/// One of the keys that Postfix asks for in a search.
package struct SearchKey: Equatable, Sendable {
    /// As Postfix asks, before any folding.
    package let bytes: [UInt8]
    /// Whether the address extension of the first key is cut off, so that it may go into the value.
    package let lacksExtension: Bool

    init(_ bytes: [UInt8], lacksExtension: Bool = false) {
        self.bytes = bytes
        self.lacksExtension = lacksExtension
    }
}
