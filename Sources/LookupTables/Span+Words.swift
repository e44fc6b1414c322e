// Looking for a byte in many, eight at a time.

internal import LookupValues

extension Span<UInt8> {
    /// Whether any of the bytes is this one.
    func contains(_ byte: UInt8) -> Bool { containsWord { marks(of: byte, in: $0) != 0 } }

    /// Whether any of the bytes is one of these two.
    func contains(_ one: UInt8, or other: UInt8) -> Bool {
        containsWord { marks(of: one, in: $0) | marks(of: other, in: $0) != 0 }
    }

    /// Whether `isFound` says so of any eight bytes as a number: of all bytes, of some of them twice.
    @inline(__always)
    func containsWord(where isFound: (UInt64) -> Bool) -> Bool {
        if count < 8 {
            guard !isEmpty else { return false }
            var word = UInt64(self[0]) &* 0x0101_0101_0101_0101
            for index in 1..<count { word = word << 8 | UInt64(self[index]) }
            return isFound(word)
        }
        var index = 0
        while index < count - 8 {
            if isFound(word(at: index)) { return true }
            index += 8
        }
        return isFound(word(at: count - 8))
    }
}

/// Not 0 if any of the eight bytes is this one: a byte is 0 if taking away 1 borrows, and its highest bit was not set.
private func marks(of byte: UInt8, in word: UInt64) -> UInt64 {
    let word = word ^ UInt64(byte) &* 0x0101_0101_0101_0101
    return (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
}
