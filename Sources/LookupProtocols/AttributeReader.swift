// Reads an attribute list one piece after another, as strictly as attr_scan0(3) with ATTR_FLAG_STRICT.

/// A place in an attribute list. The caller knows the list's names and their order.
///
/// The bytes are passed to each call, as a Span can't be stored. Each call stops at the first byte that can't be part of
/// what is expected.
struct AttributeReader {
    /// Why reading has stopped.
    enum Stop: Error {
        /// The bytes end, or the longest list allowed ends.
        case ranOut
        /// Another name, or the list's end, is in the place of the expected attribute.
        case unexpectedAttribute
        /// A value is not a number from 0 to 4,294,967,295 in decimal digits.
        case malformedNumber
    }

    /// The index of the next byte.
    private(set) var index: Int
    /// The index at which reading ends at the latest.
    private let end: Int

    /// - Parameters:
    ///   - start: where the list begins.
    ///   - end: where the bytes end, or the longest list allowed, if that comes first.
    init(from start: Int, to end: Int) {
        index = start
        self.end = end
    }

    /// Reads a name, which must be `name`, and its NUL.
    mutating func readName(_ name: StaticString, _ bytes: Span<UInt8>) throws(Stop) {
        let shared = bytes.extracting(index..<end).prefixLength(sharedWith: name)
        index += shared
        if shared < name.utf8CodeUnitCount { throw index == end ? .ranOut : .unexpectedAttribute }
        guard try next(bytes) == 0 else { throw .unexpectedAttribute }
    }

    /// Returns the next byte, which is read again later.
    func peek(_ bytes: Span<UInt8>) throws(Stop) -> UInt8 {
        guard index < end else { throw .ranOut }
        return bytes[index]
    }

    /// Reads a value and its NUL.
    mutating func readString(_ bytes: Span<UInt8>) throws(Stop) -> Range<Int> {
        let start = index
        var place = start
        while place < end, bytes[place] != 0 { place += 1 }
        guard place < end else { throw .ranOut }
        index = place + 1
        return start..<place
    }

    /// Reads a number and its NUL.
    ///
    /// Postfix writes it with `%u` and reads it with sscanf(3). That would accept blanks, a sign and a number that
    /// overflows; no client sends those.
    mutating func readNumber(_ bytes: Span<UInt8>) throws(Stop) -> UInt32 {
        let start = index
        var number: UInt64 = 0
        while true {
            let byte = try next(bytes)
            if byte == 0 { break }
            let digit = byte &- UInt8(ascii: "0")
            guard digit <= 9 else { throw .malformedNumber }
            number = number * 10 + UInt64(digit)
            guard number <= UInt32.max else { throw .malformedNumber }
        }
        guard index > start + 1 else { throw .malformedNumber }
        return UInt32(number)
    }

    /// Reads the empty name that ends the list.
    mutating func readEnd(_ bytes: Span<UInt8>) throws(Stop) {
        guard try next(bytes) == 0 else { throw .unexpectedAttribute }
    }

    /// Reads attributes with any names up to the end of the list, and the end too.
    mutating func readRest(_ bytes: Span<UInt8>) throws(Stop) {
        while try next(bytes) != 0 {
            _ = try readString(bytes)
            _ = try readString(bytes)
        }
    }

    private mutating func next(_ bytes: Span<UInt8>) throws(Stop) -> UInt8 {
        guard index < end else { throw .ranOut }
        defer { index += 1 }
        return bytes[index]
    }
}
