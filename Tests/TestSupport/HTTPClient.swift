// A client of HTTP/1.1 that shows exactly what came, and can be as rude as a test needs.

import ThrowawayServers

package final class HTTPClient {
    package struct Response: Equatable, Sendable {
        package let status: Int
        /// By lower-case name.
        package let headers: [String: String]
        package let body: [UInt8]

        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    package let socket: StreamSocket
    private var buffer: [UInt8] = []

    package init(to address: ProxyAddress, timeLimit: Int = 60) throws {
        socket = try StreamSocket(to: address, timeLimit: timeLimit)
    }

    /// Asks on this connection, which stays open.
    package func request(_ path: String, method: String = "GET", host: String = "localhost") throws
        -> Response
    {
        try send("\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
        return try readResponse(hasBody: method != "HEAD")
    }

    package func send(_ text: String) throws {
        try socket.send(Array(text.utf8))
    }

    package func readResponse(hasBody: Bool = true) throws -> Response {
        let separator = Array("\r\n\r\n".utf8)
        var end: Int?
        while true {
            end = buffer.indices.first { buffer[$0...].starts(with: separator) }
            if end != nil { break }
            try readMore()
        }
        let head = String(decoding: buffer[..<end!], as: UTF8.self).split(separator: "\r\n")
        buffer.removeFirst(end! + 4)
        var headers: [String: String] = [:]
        for line in head.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { throw SupportError("no colon in \(line)") }
            headers[line[..<colon].lowercased()] = String(
                line[line.index(after: colon)...].drop { $0 == " " })
        }
        let words = head[0].split(separator: " ")
        guard words.count > 1, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw SupportError("no status in \(head[0])")
        }
        let length = hasBody ? headers["content-length"].flatMap { Int($0) } ?? 0 : 0
        while buffer.count < length { try readMore() }
        let body = Array(buffer[..<length])
        buffer.removeFirst(length)
        return Response(status: status, headers: headers, body: body)
    }

    /// Whatever comes until the server closes the connection, or resets it.
    package func readUntilClosed() throws -> [UInt8] {
        while true {
            do throws(StreamSocket.Failure) {
                let some = try socket.readSome()
                if some.isEmpty { return buffer }
                buffer += some
            } catch {
                guard error == .reset else { throw error }
                return buffer
            }
        }
    }

    private func readMore() throws {
        let some = try socket.readSome()
        if some.isEmpty { throw StreamSocket.Failure.closed }
        buffer += some
    }
}
