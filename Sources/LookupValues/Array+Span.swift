// Appending borrowed bytes to a buffer.

extension [UInt8] {
    /// Appends a copy of the bytes.
    package mutating func append(_ bytes: Span<UInt8>) {
        // The pointer is used only inside the closure, where the span lives.
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
