// A blocking socketmap client that can also send what no well-behaved client would.

import CLinux
import Glibc
import ThrowawayServers

package enum SocketmapReply: Equatable, Sendable {
    case ok([UInt8])
    case notFound
    case temp(String)
    case timeout(String)
    case perm(String)
    /// A well-formed netstring with a payload that the protocol does not know.
    case other([UInt8])

    /// Reads the payload strictly: `NOTFOUND` without its blank is not in the protocol.
    package init(payload: [UInt8]) {
        func rest(after word: String) -> [UInt8]? {
            payload.starts(with: word.utf8) ? Array(payload.dropFirst(word.utf8.count)) : nil
        }
        func text(after word: String) -> String? {
            rest(after: word).map { String(decoding: $0, as: UTF8.self) }
        }
        if let value = rest(after: "OK ") {
            self = .ok(value)
        } else if payload == Array("NOTFOUND ".utf8) {
            self = .notFound
        } else if let reason = text(after: "TEMP ") {
            self = .temp(reason)
        } else if let reason = text(after: "TIMEOUT ") {
            self = .timeout(reason)
        } else if let reason = text(after: "PERM ") {
            self = .perm(reason)
        } else {
            self = .other(payload)
        }
    }

    package var isTemporary: Bool {
        switch self {
        case .temp, .timeout: true
        case .ok, .notFound, .perm, .other: false
        }
    }

    package static func ok(_ value: String) -> SocketmapReply { .ok(Array(value.utf8)) }
}

package final class SocketmapClient {
    package enum Failure: Error, Equatable {
        case connecting(String)
        /// End of file, or a reset, where an answer or the rest of one was due.
        case closed
        case timedOut
        case sending(String)
        case malformedReply([UInt8])
    }

    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var position = 0

    /// - Parameter timeLimit: seconds that one read or one write may block; a bound for hung tests.
    package init(path: String, timeLimit: Int = 60) throws(Failure) {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        set(SO_RCVTIMEO, to: timeval(tv_sec: timeLimit, tv_usec: 0))
        set(SO_SNDTIMEO, to: timeval(tv_sec: timeLimit, tv_usec: 0))

        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in
            guard path.utf8.count < field.count else { return false }
            unsafe field.copyBytes(from: path.utf8)
            return true
        }
        guard fits else { throw .connecting("the path is too long: \(path)") }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw .connecting("connect \(path): \(errorText())") }
    }

    deinit {
        close(descriptor)
    }

    private func set<Value: BitwiseCopyable>(_ option: Int32, to value: Value) {
        var value = value
        unsafe setsockopt(descriptor, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<Value>.size))
    }

    package static func netstring(_ payload: [UInt8]) -> [UInt8] {
        Array("\(payload.count):".utf8) + payload + [UInt8(ascii: ",")]
    }

    package static func request(_ map: String, _ key: [UInt8]) -> [UInt8] {
        netstring(Array("\(map) ".utf8) + key)
    }

    package func lookup(_ map: String, _ key: [UInt8]) throws(Failure) -> SocketmapReply {
        try send(Self.request(map, key))
        return try readReply()
    }

    package func lookup(_ map: String, _ key: String) throws(Failure) -> SocketmapReply {
        try lookup(map, Array(key.utf8))
    }

    package func send(_ bytes: [UInt8]) throws(Failure) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Glibc.send(
                    descriptor, bytes.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else if errno == EPIPE || errno == ECONNRESET {
                throw .closed
            } else if errno == EAGAIN {
                throw .timedOut
            } else if errno != EINTR {
                throw .sending(errorText())
            }
        }
    }

    /// Sends to someone who may close the connection before having read all.
    package func sendUnlessClosed(_ bytes: [UInt8]) throws(Failure) {
        do {
            try send(bytes)
        } catch {
            guard error == .closed else { throw error }
        }
    }

    /// Writes as much as the kernel takes without waiting, and returns how much that was.
    package func sendWithoutWaiting(_ bytes: [UInt8]) -> Int {
        let count = unsafe bytes.withUnsafeBytes { bytes in
            unsafe Glibc.send(
                descriptor, bytes.baseAddress, bytes.count,
                Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
        return max(0, count)
    }

    /// Tells the other side that no more requests come.
    package func finishSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    package func readReply() throws(Failure) -> SocketmapReply {
        var length = 0
        var digits = 0
        while true {
            let byte = try nextByte()
            if byte == UInt8(ascii: ":"), digits > 0 { break }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), digits < 7,
                !(digits > 0 && length == 0)
            else { throw .malformedReply(Array(buffer)) }
            length = length * 10 + Int(byte - UInt8(ascii: "0"))
            digits += 1
        }
        while buffer.count - position <= length { try fill() }
        let payload = Array(buffer[position..<position + length])
        position += length
        guard try nextByte() == UInt8(ascii: ",") else { throw .malformedReply(payload) }
        return SocketmapReply(payload: payload)
    }

    /// The next reply, or nil at the end of file.
    package func readReplyUnlessClosed() throws(Failure) -> SocketmapReply? {
        do {
            return try readReply()
        } catch {
            guard error == .closed else { throw error }
            return nil
        }
    }

    /// Everything up to the end of file, which a reset counts as.
    package func readUntilClosed() throws(Failure) -> [UInt8] {
        while true {
            do {
                try fill()
            } catch .closed {
                defer { position = buffer.count }
                return Array(buffer[position...])
            }
        }
    }

    private func nextByte() throws(Failure) -> UInt8 {
        if position == buffer.count { try fill() }
        defer { position += 1 }
        return buffer[position]
    }

    private func fill() throws(Failure) {
        if position > 0 {
            buffer.removeFirst(position)
            position = 0
        }
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { chunk in
                unsafe recv(descriptor, chunk.baseAddress, chunk.count, 0)
            }
            if count > 0 {
                buffer += chunk[..<count]
                return
            }
            if count == 0 || errno == ECONNRESET { throw .closed }
            guard errno == EINTR else { throw .timedOut }
        }
    }
}
