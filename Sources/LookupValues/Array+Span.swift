// Borrowed bytes: copies of them, and what they are.

extension [UInt8] {
    /// A copy of the bytes.
    package init(copying bytes: Span<UInt8>) {
        self = []
        append(bytes)
    }

    /// Appends a copy of the bytes.
    package mutating func append(_ bytes: Span<UInt8>) {
        // The pointer is used only inside the closure, where the span lives.
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}

extension Span<UInt8> {
    /// The eight bytes from `index` on, which there must be, as a number.
    @inlinable package func word(at index: Int) -> UInt64 {
        // Any eight bytes make a number.
        unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
    }

    /// Whether these are the same bytes.
    package func isEqual(to other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }
}
