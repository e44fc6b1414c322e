// What a client of a socketmap endpoint asks: a map by name, and a key.

/// One request, `NAME<space>KEY` in a netstring, as ranges of the buffer it was read from.
///
/// The ranges hold for that buffer only as long as nothing in it moves.
package struct SocketmapRequest: Equatable, Sendable {
    /// What the bytes from an offset on turned out to be.
    package enum Decoded: Equatable, Sendable {
        /// No request yet, and nothing wrong so far. Ask again from the same offset when there are more
        /// bytes.
        case needsMore
        /// One request. The next one begins at `end`.
        case request(SocketmapRequest, end: Int)
        /// The beginning of one whose key, of which not all may be there, is longer than any that is looked up. The next one
        /// begins at `end`, which may be beyond the bytes; that the byte before is a comma is for the session to see.
        case overlong(SocketmapRequest, end: Int)
        /// Not a request. The session answers ``SocketmapViolation/outcome``, in turn, and closes the
        /// connection.
        case violation(SocketmapViolation)
    }

    /// The longest key that is looked up, in bytes. For a longer one Postfix 3.12 answers itself that it is not found; earlier
    /// ones ask, for a header in header_checks, say, and would ask again for ever if they were refused.
    package static let maximumKeyLength = 10_000

    /// The longest request kept, in bytes without the netstring's frame.
    ///
    /// It is room for the longest key, for the blank, and for a map name longer than anyone configures; and a client can't make a
    /// session buffer more than this and the frame.
    package static let maximumRequestLength = 16_384

    /// The longest request read to its end, of which what comes behind the map's name is not kept.
    package static let maximumSkippedLength = 1_048_576

    /// The name's bytes: at least one, none of them a blank. Nothing else is known of them.
    package let mapName: Range<Int>
    /// The key's bytes: any, blanks and NUL included, and maybe none.
    package let key: Range<Int>

    /// Reads one request from `offset` on, which is at most the number of bytes.
    ///
    /// Like ``Netstring/decode(_:at:limit:)``, it reports a frame's violation as soon as its first byte is
    /// there, and an answer other than `needsMore` doesn't change with the bytes that follow.
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
