// A blocking socketmap client that can also send what no well-behaved client would.

package final class SocketmapClient {
    package enum Failure: Error, Equatable {
        case connecting(String)
        /// End of file, or a reset, where an answer or the rest of one was due.
        case closed
        case timedOut
        case other(String)
        case malformedReply([UInt8])
    }

    private let socket: StreamSocket
    private var reader = ReplyReader()

    /// - Parameter timeLimit: seconds that one read or one write may block; a bound for hung tests.
    package init(path: String, timeLimit: Int = 60) throws(Failure) {
        do {
            socket = try StreamSocket(to: .unix(path), timeLimit: timeLimit)
        } catch {
            throw .connecting("\(error)")
        }
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
        do throws(StreamSocket.Failure) {
            try socket.send(bytes)
        } catch {
            throw Failure(error)
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
        socket.sendWithoutWaiting(bytes)
    }

    /// Tells the other side that no more requests come.
    package func finishSending() {
        socket.finishSending()
    }

    package func readReply() throws(Failure) -> SocketmapReply {
        do {
            return SocketmapReply(payload: try reader.netstring(from: socket))
        } catch let error as StreamSocket.Failure {
            throw Failure(error)
        } catch let error as ReplyReader.Nonsense {
            throw .malformedReply(error.bytes)
        } catch {
            throw .other("\(error)")
        }
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
        var all = reader.rest
        reader = ReplyReader()
        while true {
            do throws(StreamSocket.Failure) {
                let some = try socket.readSome()
                if some.isEmpty { return all }
                all += some
            } catch {
                guard error == .reset else { throw Failure(error) }
                return all
            }
        }
    }
}

extension SocketmapClient.Failure {
    fileprivate init(_ failure: StreamSocket.Failure) {
        switch failure {
        case .closed, .reset: self = .closed
        case .timedOut: self = .timedOut
        case .other(let text): self = .other(text)
        }
    }
}
