// A blocking proxymap client that looks up one key at a time, as Postfix 3.7 does.

import ThrowawayServers

package final class ProxymapClient {
    private let socket: StreamSocket
    private var reader = ReplyReader()

    /// - Parameter timeLimit: seconds that one read or write may wait; a bound for hung tests.
    package init(path: String, timeLimit: Int = 60) throws {
        socket = try StreamSocket(to: .unix(path), timeLimit: timeLimit)
        let greeting = try readList()
        guard greeting == ["protocol", "proxymap_protocol"] else {
            throw SupportError("greeted by \(greeting)")
        }
    }

    /// - Parameter table: as `proxy:` names it, `pgsql:/etc/postfix/virtual.cf` for instance.
    package func lookup(_ table: String, _ key: String) throws -> PostfixConfiguration.Answer {
        // The flags are those of smtpd(8), and have the server fold.
        let request = ["request", "lookup", "table", table, "flags", "540737", "key", key, ""]
        try socket.send(request.flatMap { Array($0.utf8) + [0] })
        let reply = try readList()
        guard reply.count == 4, reply[0] == "status", reply[2] == "value" else {
            throw SupportError("\(table) \(key): \(reply)")
        }
        switch reply[1] {
        case "0": return .found(Array(reply[3].utf8))
        case "1": return .notFound
        case "2": return .failed("by proxymap")
        default: throw SupportError("\(table) \(key): status \(reply[1])")
        }
    }

    /// Names and values.
    private func readList() throws -> [String] {
        try reader.attributes(from: socket).map { String(decoding: $0, as: UTF8.self) }
    }
}
