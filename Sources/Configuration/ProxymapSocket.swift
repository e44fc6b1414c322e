// A socket of proxymap_listen, with the settings that apply to it alone.

internal import LookupTables

/// The terms of one socket's clients: they belong to the Postfix instance whose proxymap(8) the socket replaces.
package struct ProxymapTerms: Equatable, Sendable {
    /// The socket of that Postfix's own proxymap, for tables that are not served here; nil if there is none.
    package var relay: String?
    /// Whether a proxymap greets there, as it does since Postfix 3.6.
    package var greets = true

    package init(relay: String? = nil, greets: Bool = true) {
        self.relay = relay
        self.greets = greets
    }
}

/// `unix:/path`, or `{ unix:/path, relay = unix:/path, greeting = no }`.
package struct ProxymapSocket: Equatable, Sendable {
    /// The place of an instance's own proxymap.
    package enum Relay: Equatable, Sendable {
        case at(String)
        case nowhere
    }

    package let path: String
    /// Nil: `proxymap_relay` applies.
    package var relay: Relay?
    /// Nil: `proxymap_greeting` applies.
    package var greeting: Bool?

    package init(path: String, relay: Relay? = nil, greeting: Bool? = nil) {
        self.path = path
        self.relay = relay
        self.greeting = greeting
    }

    /// - Parameter general: the terms for sockets without settings of their own.
    func terms(_ general: ProxymapTerms) -> ProxymapTerms {
        var terms = general
        switch relay {
        case .at(let path): terms.relay = path
        case .nowhere: terms.relay = nil
        case nil: break
        }
        if let greeting { terms.greets = greeting }
        return terms
    }

    /// Reads the value of `proxymap_listen`; nil if it is not valid.
    static func list(_ text: String) -> [ProxymapSocket]? {
        var sockets: [ProxymapSocket] = []
        var rest = Substring(text)
        while true {
            rest = rest.drop { $0.isWhitespace || $0 == "," }
            guard let first = rest.first else { return sockets }
            let socket: ProxymapSocket?
            if first == "{" {
                guard let end = rest.firstIndex(of: "}") else { return nil }
                socket = ProxymapSocket(braced: rest[rest.index(after: rest.startIndex)..<end])
                rest = rest[rest.index(after: end)...]
            } else {
                let word = rest.prefix { !$0.isWhitespace && $0 != "," && $0 != "{" }
                socket = socketPath(word).map { ProxymapSocket(path: $0) }
                rest = rest[word.endIndex...]
            }
            guard let socket, !sockets.contains(where: { $0.path == socket.path }) else { return nil }
            sockets.append(socket)
        }
    }

    /// Reads the text between braces, as in Postfix's `check_policy_service { inet:…, timeout = 10s }`.
    private init?(braced text: Substring) {
        var parts = text.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmingBlanks)[...]
        guard let path = parts.popFirst().flatMap({ Self.socketPath($0[...]) }) else { return nil }
        self.init(path: path)
        for part in parts {
            guard let equals = part.firstIndex(of: "=") else { return nil }
            let value = part[part.index(after: equals)...].trimmingBlanks
            switch part[..<equals].trimmingBlanks {
            case "relay" where relay == nil:
                if value.isEmpty {
                    relay = .nowhere
                } else {
                    guard let path = Self.socketPath(value[...]) else { return nil }
                    relay = .at(path)
                }
            case "greeting" where greeting == nil:
                guard let value = ParameterValue.boolean(value) else { return nil }
                greeting = value
            default:
                return nil
            }
        }
    }

    /// The path of `unix:/path`, if it fits into a socket's address.
    private static func socketPath(_ word: Substring) -> String? {
        let path = word.dropFirst("unix:".count)
        guard word.hasPrefix("unix:/"), path.utf8.count <= 107, !path.contains(where: \.isWhitespace) else {
            return nil
        }
        return String(path)
    }
}
