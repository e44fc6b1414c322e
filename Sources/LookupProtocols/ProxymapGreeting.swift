// What a proxymap(8) of Postfix 3.6 and later sends first on every connection.

/// The greeting, an attribute list that names the protocol. Clients of Postfix 3.6 and later wait for it; older clients
/// would take it for the answer to their first request.
package enum ProxymapGreeting {
    /// The result of decoding bytes from an offset on.
    package enum Decoded: Equatable, Sendable {
        /// Not the whole greeting yet, and no violation so far.
        case needsMore
        /// The greeting. Replies begin at `end`.
        case greeting(end: Int)
        /// Other bytes, from a server that is not a proxymap.
        case violation
    }

    /// Appends the greeting.
    package static func append(to output: inout [UInt8]) {
        output.append(contentsOf: text.utf8)
    }

    /// Reads the greeting from `offset` on. The offset is at most the number of bytes.
    package static func decode(_ bytes: Span<UInt8>, at offset: Int) -> Decoded {
        precondition(offset >= 0 && offset <= bytes.count, "the offset is outside the buffer")
        var index = offset
        for byte in text.utf8 {
            guard index < bytes.count else { return .needsMore }
            guard bytes[index] == byte else { return .violation }
            index += 1
        }
        return .greeting(end: index)
    }

    private static var text: String { "protocol\0proxymap_protocol\0\0" }
}
