// A socketmap client's request: a map by name, and a key.

/// One request, `NAME<space>KEY` in a netstring, as ranges of the buffer it was read from.
///
/// The ranges are valid for that buffer only as long as its bytes do not move.
package struct SocketmapRequest: Equatable, Sendable {
    /// The result of decoding bytes from an offset on.
    package enum Decoded: Equatable, Sendable {
        /// No whole request yet, and no violation so far. Decode again from the same offset when there are more bytes.
        case needsMore
        /// One request. The next one begins at `end`.
        case request(SocketmapRequest, end: Int)
        /// The beginning of a request whose key is too long to be looked up. Not all of the key may be there. The next
        /// request begins at `end`, which may be beyond the bytes; the session checks that the byte before it is a comma.
        case overlong(SocketmapRequest, end: Int)
        /// Not a request. The session answers ``SocketmapViolation/outcome`` when its turn comes, and closes the
        /// connection.
        case violation(SocketmapViolation)
    }

    /// The longest key that is looked up, in bytes. For a longer key Postfix 3.12 itself answers "not found"; earlier
    /// versions ask, for example for a header in header_checks, and would ask again for ever if they were refused.
    package static let maximumKeyLength = 10_000

    /// The longest request kept, in bytes without the netstring's frame.
    ///
    /// It is room for the longest key, the blank, and a map name longer than any that is configured. A client can't make a
    /// session buffer more than this and the frame.
    package static let maximumRequestLength = 16_384

    /// The longest request read to its end, in bytes. The bytes after the map's name are not kept.
    package static let maximumSkippedLength = 1_048_576

    /// The name's bytes: at least one, none of them a blank. Any other byte is possible.
    package let mapName: Range<Int>
    /// The key's bytes: any, including blanks and NUL, and possibly none.
    package let key: Range<Int>

    /// Reads one request from `offset` on. The offset is at most the number of bytes.
    ///
    /// Like ``Netstring/decode(_:at:limit:)``, it reports a frame's violation as soon as its first byte is there, and a
    /// result other than `needsMore` doesn't change with the bytes that follow.
    package static func decode(_ bytes: Span<UInt8>, at offset: Int) -> Decoded {
        switch Netstring.decode(bytes, at: offset, limit: maximumRequestLength) {
        case .needsMore:
            return .needsMore
        case .violation(.tooLong):
            return decodeOverlong(bytes, at: offset)
        case .violation(let violation):
            return .violation(.frame(violation))
        case .message(let payload, let end):
            var blank = payload.lowerBound
            while blank < payload.upperBound, bytes[blank] != UInt8(ascii: " ") {
                blank += 1
            }
            guard blank < payload.upperBound else { return .violation(.missingBlank) }
            guard blank > payload.lowerBound else { return .violation(.emptyMapName) }
            let request = SocketmapRequest(
                mapName: payload.lowerBound..<blank, key: blank + 1..<payload.upperBound)
            return request.key.count > maximumKeyLength
                ? .overlong(request, end: end) : .request(request, end: end)
        }
    }

    /// Reads the beginning of a request that is too long to be kept.
    private static func decodeOverlong(_ bytes: Span<UInt8>, at offset: Int) -> Decoded {
        switch Netstring.decodeHeader(bytes, at: offset, limit: maximumSkippedLength) {
        case .needsMore:
            return .needsMore
        case .violation(let violation):
            return .violation(.frame(violation))
        case .header(let payload):
            let longestName = maximumRequestLength - maximumKeyLength
            let end = min(bytes.count, payload.lowerBound + longestName)
            var blank = payload.lowerBound
            while blank < end, bytes[blank] != UInt8(ascii: " ") { blank += 1 }
            guard blank < end else {
                return end - payload.lowerBound < longestName
                    ? .needsMore : .violation(.frame(.tooLong(limit: maximumRequestLength)))
            }
            guard blank > payload.lowerBound else { return .violation(.emptyMapName) }
            let request = SocketmapRequest(
                mapName: payload.lowerBound..<blank, key: blank + 1..<payload.upperBound)
            return .overlong(request, end: payload.upperBound + 1)
        }
    }
}
