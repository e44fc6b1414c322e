// What has come of a client and is not decoded: the beginning of a request, or requests that came while at a bound.

internal import LookupValues

/// The bytes that a session keeps, and what is still to come of a request that is answered already.
struct UndecodedInput {
    private var bytes: [UInt8] = []
    /// Nil if requests say themselves how long they are.
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

    /// Whether the bytes that come are of a request that is answered already.
    var isSkipping: Bool { skipped != nil }

    /// From now on bytes are of this request, until it ends.
    mutating func skip(_ request: SkippedRequest) {
        skipped = request
    }

    /// Lets go of what is of the request that is skipped, from an offset on.
    ///
    /// - Returns: where the next one begins; the number of bytes if it goes on; nil if it breaks the protocol.
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

    /// Adds what has come to what is kept, which is not empty.
    ///
    /// - Returns: whether decoding may come to anything now.
    mutating func join(_ more: Span<UInt8>) -> Bool {
        bytes.append(more)
        return partialList?.isWorthALook(with: more, of: bytes.count) ?? true
    }

    /// Hands out what is kept, so that it can be decoded while the session changes. To be put back by `keep`.
    mutating func take() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &bytes)
        return taken
    }

    /// Keeps what was not decoded of bytes that have come.
    ///
    /// - Parameter isPartial: whether it is the beginning of a request, and no requests that wait.
    mutating func keep(_ rest: Span<UInt8>, isPartial: Bool) {
        bytes.append(rest)
        look(isPartial)
    }

    /// Puts back what was taken, without its first `decoded` bytes.
    mutating func putBack(_ taken: inout [UInt8], decoded: Int, isPartial: Bool) {
        if decoded == taken.count { return }
        taken.removeFirst(decoded)
        swap(&taken, &bytes)
        look(isPartial)
    }

    /// Keeps nothing any more.
    mutating func drop() {
        bytes = []
    }

    private mutating func look(_ isPartial: Bool) {
        if isPartial && partialList != nil { partialList = PartialList(bytes.span) }
    }
}
