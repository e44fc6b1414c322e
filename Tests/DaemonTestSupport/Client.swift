// A client on a socket, step by step.

internal import EventLoop
internal import Glibc

/// The other end of a connection, which never waits.
package final class Client {
    private var descriptor: Descriptor?
    private let raw: Int32
    package private(set) var received: [UInt8] = []
    package private(set) var isClosed = false

    package init(descriptor raw: Int32) {
        self.raw = raw
        descriptor = Descriptor(owning: raw)
    }

    /// - Returns: how much the socket has taken.
    @discardableResult
    package func write(_ bytes: some Sequence<UInt8>) -> Int {
        if case .bytes(let count) = send(Array(bytes).span, to: raw) { count } else { 0 }
    }

    @discardableResult
    package func write(_ text: String) -> Int { write(text.utf8) }

    /// Receives what has come, at most so many bytes.
    ///
    /// - Returns: how many they were.
    @discardableResult
    package func receiveAll(atMost limit: Int = .max) -> Int {
        var buffer = [UInt8](repeating: 0, count: min(limit, 65_536))
        var count = 0
        while count < limit {
            let size = min(buffer.count, limit - count)
            let transfer = unsafe buffer.withUnsafeMutableBytes { buffer in
                unsafe receive(from: raw, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<size]))
            }
            switch transfer {
            case .bytes(let more):
                received += buffer[..<more]
                count += more
            case .wouldBlock: return count
            case .closed:
                isClosed = true
                return count
            }
        }
        return count
    }

    package func forgetReceived() { received = [] }

    package func finishSending() { _ = shutdown(raw, Int32(SHUT_WR)) }
    package func finishReceiving() { _ = shutdown(raw, Int32(SHUT_RD)) }
    package func hangUp() { descriptor = nil }

    /// The replies in what was received; nil where that is anything but whole netstrings.
    package var replies: [String]? {
        var replies: [String] = []
        var rest = received[...]
        while !rest.isEmpty {
            guard let colon = rest.firstIndex(of: UInt8(ascii: ":")),
                let length = Int(String(decoding: rest[..<colon], as: UTF8.self)),
                colon + 1 + length < rest.endIndex, rest[colon + 1 + length] == UInt8(ascii: ",")
            else { return nil }
            replies.append(String(decoding: rest[(colon + 1)...][..<(colon + 1 + length)], as: UTF8.self))
            rest = rest[(colon + length + 2)...]
        }
        return replies
    }
}
