// The parameters of a statement as C strings.

/// The parameters of one statement at a time; their memory is kept from statement to statement.
@safe struct StatementParameters {
    /// The parameters, each closed by a NUL, and where each begins.
    private var bytes: [UInt8] = []
    private var offsets: [Int] = []
    private var pointers: [UnsafePointer<CChar>?] = unsafe []

    mutating func collect(_ count: Int, _ appendParameter: (Int, inout [UInt8]) -> Void) {
        bytes.removeAll(keepingCapacity: true)
        offsets.removeAll(keepingCapacity: true)
        for index in 0..<count {
            offsets.append(bytes.count)
            appendParameter(index, &bytes)
            bytes.append(0)
        }
    }

    /// Calls `body` with the collected parameters as C strings, as libpq wants them.
    mutating func withPointers(_ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Bool) -> Bool {
        unsafe bytes.withUnsafeBytes { buffer in
            unsafe pointers.removeAll(keepingCapacity: true)
            for offset in offsets {
                // Every offset lies before the NUL that closes its parameter.
                unsafe pointers.append(
                    (buffer.baseAddress! + offset).assumingMemoryBound(to: CChar.self))
            }
            return unsafe pointers.withUnsafeBufferPointer { pointers in
                var none: UnsafePointer<CChar>?
                guard let base = pointers.baseAddress else { return unsafe body(&none) }
                return unsafe body(base)
            }
        }
    }
}
