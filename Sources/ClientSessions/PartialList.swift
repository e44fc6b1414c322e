// When to look again at an attribute list that comes in pieces: not at each, or who sends it byte by byte makes much work.

internal import LookupProtocols

/// A request of a proxymap client that has not come whole, and whose decoder would begin anew each time.
struct PartialList {
    private var end = AttributeListEnd()
    /// How long the list must be to be looked at though its end has not come: it may have broken the protocol since.
    private var nextLook = 0

    /// No list at all.
    init() {}

    /// - Parameter bytes: what has come of it.
    init(_ bytes: Span<UInt8>) {
        _ = end.find(in: bytes, from: 0)
        nextLook = min(2 * bytes.count, ProxymapRequest.maximumLength)
    }

    /// Whether decoding may come to anything, now that `bytes` have come and it is so long with them.
    mutating func isWorthALook(with bytes: Span<UInt8>, of length: Int) -> Bool {
        end.find(in: bytes, from: 0) != nil || length >= nextLook
    }
}
