// Where the status is served: the parameter http_listen.

/// An address to listen on.
package enum StatusAddress: Equatable, Sendable, CustomStringConvertible {
    /// A literal loopback address.
    case internet(address: String, port: Int)
    case unix(path: String)

    /// What the text of an address must be, to complete "expected …".
    static let expectation =
        "inet:127.0.0.1:PORT, inet:[::1]:PORT, inet:localhost:PORT, unix:/absolute/path of 107 bytes at most, or "
        + "nothing (for other machines put a proxy that asks who they are before it)"

    /// - Returns: nil for an invalid text, and for an address that other machines can reach: every client that can connect
    ///   can read.
    init?(_ text: String) {
        if text.hasPrefix("unix:/") {
            let path = String(text.dropFirst("unix:".count))
            guard path.utf8.count <= 107, !path.contains(where: \.isWhitespace) else { return nil }
            self = .unix(path: path)
            return
        }
        guard text.hasPrefix("inet:"), let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = Int(digits),
            (1...65_535).contains(port), let host = text[..<colon].split(separator: ":", maxSplits: 1).last
        else { return nil }
        switch host {
        case "localhost": self = .internet(address: "127.0.0.1", port: port)
        case "[::1]": self = .internet(address: "::1", port: port)
        default:
            let parts = host.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 4, parts[0] == "127",
                parts.allSatisfy({ part in UInt8(part).map { String($0) == part } ?? false })
            else { return nil }
            self = .internet(address: String(host), port: port)
        }
    }

    package var description: String {
        switch self {
        case .internet(let address, let port):
            address.contains(":") ? "inet:[\(address)]:\(port)" : "inet:\(address):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
