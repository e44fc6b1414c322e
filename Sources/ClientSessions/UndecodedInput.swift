// The bytes from a client that are not decoded: the beginning of a request, or requests that came while the session was at
// a bound.

internal import LookupValues

/// The bytes that a session keeps, and what is still to come of a request that is answered already.
struct UndecodedInput {
    private var bytes: [UInt8] = []
    /// Nil if requests state their length themselves.
    private var partialList: PartialList?
    private var skipped: SkippedRequest?

    init(of clientProtocol: ClientProtocol) {
        switch clientProtocol {
        case .socketmap: partialList = nil
        case .proxymap: partialList = PartialList()
        }
    }

    var isEmpty: Bool { bytes.isEmpty }
    var capacity: Int { bytes.capacity }

    // MARK: Skipping

    /// Whether the bytes that come belong to a request that is answered already.
    var isSkipping: Bool { skipped != nil }

    /// From now on bytes belong to this request, until it ends.
    mutating func skip(_ request: SkippedRequest) {
        skipped = request
    }

    /// Drops the bytes of the request that is skipped, from an offset on.
    ///
    /// - Returns: where the next request begins; the number of bytes if this one goes on; nil if it breaks the protocol.
    mutating func skip(in bytes: Span<UInt8>, from offset: Int) -> Int? {
        switch skipped!.skip(bytes.extracting(offset...)) {
        case .goesOn:
            return bytes.count
        case .ended(let end):
            skipped = nil
            return offset + end
        case .violation:
            skipped = nil
            return nil
        }
    }

    // MARK: Keeping

    /// Adds new bytes to the kept ones, of which there is at least one.
    ///
    /// - Returns: whether decoding may succeed or fail now.
    mutating func join(_ more: Span<UInt8>) -> Bool {
        bytes.append(more)
        return partialList?.isWorthALook(with: more, of: bytes.count) ?? true
    }

    /// Returns the kept bytes, so that they can be decoded while the session changes. `putBack` takes them back.
    mutating func take() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &bytes)
        return taken
    }

    /// Keeps the rest of new bytes that was not decoded.
    ///
    /// - Parameter isPartial: whether it is the beginning of a request, rather than requests that wait.
    mutating func keep(_ rest: Span<UInt8>, isPartial: Bool) {
        bytes.append(rest)
        look(isPartial)
    }

    /// Takes back what `take` has returned, without its first `decoded` bytes.
    mutating func putBack(_ taken: inout [UInt8], decoded: Int, isPartial: Bool) {
        if decoded == taken.count { return }
        taken.removeFirst(decoded)
        swap(&taken, &bytes)
        look(isPartial)
    }

    /// Drops all kept bytes.
    mutating func drop() {
        bytes = []
    }

    private mutating func look(_ isPartial: Bool) {
        if isPartial && partialList != nil { partialList = PartialList(bytes.span) }
    }
}
