// The frame around every socketmap request and reply: a byte string that states its own length.

/// A netstring, `<length>:<payload>,`, as D. J. Bernstein defined it.
///
/// Decoding is strict: the length is decimal digits without leading zeros (`0:,` is the empty netstring), sign or blanks.
/// Nothing is copied; the result is ranges of the buffer that was passed in.
package enum Netstring {
    /// The result of decoding bytes from an offset on.
    package enum Decoded: Equatable, Sendable {
        /// No whole netstring yet, and no violation so far. Decode again from the same offset when there are more bytes.
        case needsMore
        /// One netstring. The next one begins at `end`, the index after the comma.
        case message(payload: Range<Int>, end: Int)
        /// Not a netstring, whatever bytes follow. The beginning of the next netstring is not known any more.
        case violation(NetstringViolation)
    }

    /// The greatest payload limit allowed, in bytes. No length up to it overflows while it is parsed.
    package static let greatestLimit = 1_000_000_000

    /// Reads one netstring from `offset` on.
    ///
    /// The payload is never read, so decoding again after every read costs no more than the length's digits. A violation is
    /// reported as soon as its first byte is there, and a result other than `needsMore` doesn't change with the bytes that
    /// follow.
    ///
    /// - Parameters:
    ///   - offset: where the netstring begins, from 0 to the number of bytes.
    ///   - limit: the longest payload allowed, in bytes, from 0 to ``greatestLimit``. It is checked at each
    ///     digit, before a caller makes room for the payload.
    package static func decode(_ bytes: Span<UInt8>, at offset: Int, limit: Int) -> Decoded {
        switch decodeHeader(bytes, at: offset, limit: limit) {
        case .needsMore: .needsMore
        case .header(let payload): decode(payload, bytes)
        case .violation(let violation): .violation(violation)
        }
    }

    /// The result of decoding the beginning of a netstring from an offset on.
    enum Header: Equatable, Sendable {
        case needsMore
        /// The payload's range, which may end beyond the present bytes.
        case header(payload: Range<Int>)
        case violation(NetstringViolation)
    }

    /// Reads the length and the colon; in all other respects like `decode`.
    static func decodeHeader(_ bytes: Span<UInt8>, at offset: Int, limit: Int) -> Header {
        precondition(offset >= 0 && offset <= bytes.count, "the offset is outside the buffer")
        precondition(limit >= 0 && limit <= greatestLimit, "the limit is out of range")
        var length = 0
        var index = offset
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: ":") {
                guard index > offset else { return .violation(.malformedLength) }
                return .header(payload: index + 1..<index + 1 + length)
            }
            let digit = byte &- UInt8(ascii: "0")
            let hasLeadingZero = length == 0 && index > offset
            guard digit <= 9, !hasLeadingZero else { return .violation(.malformedLength) }
            length = length * 10 + Int(digit)
            guard length <= limit else { return .violation(.tooLong(limit: limit)) }
            index += 1
        }
        return .needsMore
    }

    private static func decode(_ payload: Range<Int>, _ bytes: Span<UInt8>) -> Decoded {
        let end = payload.upperBound
        guard end < bytes.count else { return .needsMore }
        guard bytes[end] == UInt8(ascii: ",") else { return .violation(.missingComma) }
        return .message(payload: payload, end: end + 1)
    }

    /// The length of a netstring with a payload of `payloadLength` bytes: digits, colon, payload, comma.
    package static func frameLength(payloadLength: Int) -> Int {
        digitCount(payloadLength) + 1 + payloadLength + 1
    }

    /// Appends the length and the colon. The caller appends that many bytes of payload, and then a comma.
    static func appendHeader(payloadLength: Int, to output: inout OutputSpan<UInt8>) {
        output.append(decimal: payloadLength)
        output.append(UInt8(ascii: ":"))
    }

    private static func digitCount(_ number: Int) -> Int {
        var count = 1
        var rest = number
        while rest >= 10 {
            rest /= 10
            count += 1
        }
        return count
    }
}

/// How bytes can fail to be a netstring.
package enum NetstringViolation: Equatable, Sendable {
    /// The length is missing, has a leading zero, or holds something other than digits before the colon.
    case malformedLength
    /// The length is greater than the limit, in bytes.
    case tooLong(limit: Int)
    /// The byte after the payload is not a comma.
    case missingComma
}
