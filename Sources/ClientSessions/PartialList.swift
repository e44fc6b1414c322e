// When to decode an attribute list that comes in pieces: not at each piece, or a client that sends it byte by byte makes
// much work.

internal import LookupProtocols

/// A request of a proxymap client that has not come whole. Its decoder would begin anew each time.
struct PartialList {
    private var end = AttributeListEnd()
    /// The length from which the list is decoded though its end has not come: it may have broken the protocol since.
    private var nextLook = 0

    /// No list at all.
    init() {}

    /// - Parameter bytes: what has come of the list.
    init(_ bytes: Span<UInt8>) {
        _ = end.find(in: bytes, from: 0)
        nextLook = min(2 * bytes.count, ProxymapRequest.maximumLength)
    }

    /// Whether decoding may succeed or fail now that `bytes` have come, and the list has this length with them.
    mutating func isWorthALook(with bytes: Span<UInt8>, of length: Int) -> Bool {
        end.find(in: bytes, from: 0) != nil || length >= nextLook
    }
}
