// The message of Postfix's internal protocols, of which proxymap(8)'s is one: a list of names and values.

/// An attribute list, `name NUL value NUL` any number of times and one more NUL, as attr_scan0(3) reads it.
///
/// Any bytes are the beginning of a list: a name has at least one byte, a value any number, neither has a NUL.
/// So there is one way to go wrong, which is not to end.
package enum AttributeList {
    /// What the bytes from an offset on turned out to be.
    package enum Decoded: Equatable, Sendable {
        /// No whole list yet. Ask again from the same offset when there are more bytes.
        case needsMore
        /// One list. What follows begins at `end`, the index after the empty name.
        case list(end: Int)
        /// A list of more bytes than allowed.
        case tooLong
    }

    /// Looks for the end of the list that begins at `offset`, whatever it says.
    ///
    /// Where lists arrive in pieces and need not be held whole, ``AttributeListEnd`` does it without looking at
    /// a byte twice.
    ///
    /// - Parameters:
    ///   - offset: where the list begins, from 0 to the number of bytes.
    ///   - limit: the longest list allowed, in bytes with the empty name's NUL, at least 1. `tooLong` is
    ///     answered as soon as that many bytes are there and don't end the list.
    package static func decode(_ bytes: Span<UInt8>, at offset: Int, limit: Int) -> Decoded {
        precondition(offset >= 0 && offset <= bytes.count, "the offset is outside the buffer")
        precondition(limit >= 1, "the limit is out of range")
        let available = bytes.count - offset
        var place = AttributeListEnd()
        if let end = place.find(in: bytes.extracting(offset..<offset + min(available, limit)), from: 0) {
            return .list(end: offset + end)
        }
        return available < limit ? .needsMore : .tooLong
    }
}

/// The place in an attribute list that comes in pieces, none of which is kept.
///
/// A relay passes pieces on as they come, and knows from this where one list ends and the next begins.
package struct AttributeListEnd: Equatable, Sendable {
    private enum Place {
        /// No byte of the list has come. A NUL ends it; `inName` follows any other byte.
        case betweenLists
        /// After a value. A NUL ends the list, and `betweenLists` follows; `inName` follows any other byte.
        case betweenAttributes
        /// After a name's first byte. `inValue` follows its NUL.
        case inName
        /// In a value or before it. `betweenAttributes` follows its NUL.
        case inValue
    }

    private var place = Place.betweenLists

    package init() {}

    /// Whether no byte of the next list has come, so that a connection may end here.
    package var isBetweenLists: Bool { place == .betweenLists }

    /// Goes through the bytes from `offset` on, which follow those of the call before, to the list's end.
    ///
    /// - Parameter offset: from 0 to the number of bytes.
    /// - Returns: the index after the list; nil where it goes on after the last byte. The next call continues
    ///   this list, or begins the next one.
    package mutating func find(in bytes: Span<UInt8>, from offset: Int) -> Int? {
        precondition(offset >= 0 && offset <= bytes.count, "the offset is outside the buffer")
        var index = offset
        while index < bytes.count {
            let isNul = bytes[index] == 0
            index += 1
            switch place {
            case .betweenLists, .betweenAttributes:
                if isNul {
                    place = .betweenLists
                    return index
                }
                place = .inName
            case .inName:
                if isNul { place = .inValue }
            case .inValue:
                if isNul { place = .betweenAttributes }
            }
        }
        return nil
    }
}
