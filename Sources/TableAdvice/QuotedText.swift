// Quotes and names in the text of a plan's conditions.

/// The place after a quoted literal or identifier. A doubled quote ends it, and begins the next one.
func endOfQuoted(_ start: Int, in bytes: ArraySlice<UInt8>) -> Int {
    let rest = bytes[(start + 1)...]
    return (rest.firstIndex(of: bytes[start]) ?? rest.endIndex - 1) + 1
}

func endOfQuoted(_ start: Int, in bytes: [UInt8]) -> Int { endOfQuoted(start, in: bytes[...]) }

/// A byte of a name that needs no quotes.
func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
        true
    default: false
    }
}
