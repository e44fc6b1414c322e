// Classes of bytes, independent of any locale.

extension UInt8 {
    /// What C's isspace() calls a space in the C locale; Postfix's ISSPACE.
    @inlinable package var isSpace: Bool {
        self == UInt8(ascii: " ") || (UInt8(ascii: "\t")...UInt8(ascii: "\r")).contains(self)
    }

    @inlinable package var isDigit: Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
    }

    @inlinable package var isLetter: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lowercased)
    }

    /// The byte, an ASCII capital letter made small.
    @inlinable package var lowercased: UInt8 {
        self &- UInt8(ascii: "A") < 26 ? self | 0x20 : self
    }
}
