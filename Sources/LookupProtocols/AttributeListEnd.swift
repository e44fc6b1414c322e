// Where the messages of Postfix's internal protocols end: lists of names and values. proxymap(8)'s is one of them.

/// The place in an attribute list that comes in pieces. No piece is kept.
///
/// A list is `name NUL value NUL` any number of times and one more NUL, as attr_scan0(3) reads it. Any bytes are the
/// beginning of a list: a name has at least one byte, a value any number, neither has a NUL. So only one error is possible:
/// a list that does not end.
///
/// A relay passes pieces on as they come, and uses this to know where one list ends and the next begins.
package struct AttributeListEnd: Equatable, Sendable {
    private enum Place {
        /// Before a name. A NUL ends the list, and the next one begins here; `inName` follows any other byte.
        case beforeName
        /// After a name's first byte. `inValue` follows its NUL.
        case inName
        /// In a value or before it. `beforeName` follows the NUL after it.
        case inValue
    }

    private var place = Place.beforeName

    package init() {}

    /// Goes through the bytes from `offset` on to the list's end. They follow the bytes of the previous call.
    ///
    /// - Parameter offset: from 0 to the number of bytes.
    /// - Returns: the index after the list; nil if the list goes on after the last byte. The next call continues this list,
    ///   or begins the next one.
    package mutating func find(in bytes: Span<UInt8>, from offset: Int) -> Int? {
        precondition(offset >= 0 && offset <= bytes.count, "the offset is outside the buffer")
        var index = offset
        while index < bytes.count {
            let isNul = bytes[index] == 0
            index += 1
            switch place {
            case .beforeName:
                if isNul { return index }
                place = .inName
            case .inName:
                if isNul { place = .inValue }
            case .inValue:
                if isNul { place = .beforeName }
            }
        }
        return nil
    }
}
