// Takes the replies of either protocol from what a socket brings, one after the other.

struct ReplyReader {
    /// What has come is no reply.
    struct Nonsense: Error {
        let bytes: [UInt8]
    }

    private var buffer: [UInt8] = []
    private var position = 0

    /// What has come and is not read yet.
    var rest: [UInt8] { Array(buffer[position...]) }

    /// The payload of a netstring, whose length has seven digits at most and no zero before them.
    ///
    /// - Throws: `StreamSocket.Failure`, `closed` also at an end of file; `Nonsense`.
    mutating func netstring(from socket: StreamSocket) throws -> [UInt8] {
        var length = 0
        var digits = 0
        while true {
            let byte = try nextByte(from: socket)
            if byte == UInt8(ascii: ":"), digits > 0 { break }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), digits < 7,
                !(digits > 0 && length == 0)
            else { throw Nonsense(bytes: buffer) }
            length = length * 10 + Int(byte - UInt8(ascii: "0"))
            digits += 1
        }
        while buffer.count - position <= length { try readMore(from: socket) }
        let payload = Array(buffer[position..<position + length])
        position += length
        guard try nextByte(from: socket) == UInt8(ascii: ",") else { throw Nonsense(bytes: payload) }
        return payload
    }

    /// The names and values of an attribute list, without the empty name that ends it.
    ///
    /// - Throws: `StreamSocket.Failure`, `closed` also at an end of file.
    mutating func attributes(from socket: StreamSocket) throws -> [[UInt8]] {
        var fields: [[UInt8]] = []
        while true {
            guard let end = buffer[position...].firstIndex(of: 0) else {
                try readMore(from: socket)
                continue
            }
            let field = Array(buffer[position..<end])
            position = end + 1
            if field.isEmpty, fields.count.isMultiple(of: 2) { return fields }
            fields.append(field)
        }
    }

    /// Has `bytes` come after those that have.
    mutating func take(_ bytes: [UInt8]) {
        buffer.removeFirst(position)
        position = 0
        buffer += bytes
    }

    /// - Throws: `closed` also at an end of file.
    mutating func readMore(from socket: StreamSocket) throws(StreamSocket.Failure) {
        let bytes = try socket.readSome()
        if bytes.isEmpty { throw .closed }
        take(bytes)
    }

    private mutating func nextByte(from socket: StreamSocket) throws(StreamSocket.Failure) -> UInt8 {
        if position == buffer.count { try readMore(from: socket) }
        defer { position += 1 }
        return buffer[position]
    }
}
