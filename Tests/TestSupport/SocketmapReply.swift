// What a socketmap client is answered.

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
