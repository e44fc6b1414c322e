// One member of `hosts`: where a database server listens.

/// A host of `hosts`, in Postfix's classes. Hosts of the first class are tried before those of the second,
/// and these before those of the third; see dict_pgsql_get_active().
package enum DatabaseHost: Hashable, Sendable {
    /// A directory with a Unix-domain socket, `/dir` or `unix:/dir`; empty for libpq's default.
    ///
    /// Postfix does not split a port from it (3.7.11). Here `/dir:5433` has one, since the name of the socket
    /// depends on it and no other parameter could give it.
    case unix(directory: String, port: String?)
    /// `host`, `host:port`, `inet:host:port`; an IPv6 address with a port needs brackets.
    case tcp(host: String, port: String?)
    /// `postgresql://…` or `postgres://…`, given to libpq as it is, password included.
    case uri(String)

    /// Reads one word of `hosts` as Postfix's host_init() does.
    package init(_ text: String) throws(DatabaseHostError) {
        if text.hasPrefix("postgresql://") || text.hasPrefix("postgres://") {
            self = .uri(text)
            return
        }
        let address = text.hasPrefix("unix:") || text.hasPrefix("inet:") ? text.dropFirst(5) : text[...]
        if address.isEmpty || address.hasPrefix("/") {
            self = Self.unixHost(address)
        } else {
            self = try Self.tcpHost(address)
        }
    }

    private static func unixHost(_ address: Substring) -> DatabaseHost {
        guard let (directory, port) = splitAtLastColon(address), isPort(port) else {
            return .unix(directory: String(address), port: nil)
        }
        return .unix(directory: String(directory), port: String(port))
    }

    /// Splits at the last colon, as split_at_right(3) does, but never inside an IPv6 address.
    private static func tcpHost(_ address: Substring) throws(DatabaseHostError) -> DatabaseHost {
        if address.hasPrefix("["), let close = address.lastIndex(of: "]") {
            let host = address[address.index(after: address.startIndex)..<close]
            let rest = address[address.index(after: close)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw .unknownForm(String(address)) }
            return try tcpHost(host, port: rest.dropFirst())
        }
        guard let (host, port) = splitAtLastColon(address) else { return try tcpHost(address, port: "") }
        guard !host.contains(":") else { throw .unknownForm(String(address)) }
        return try tcpHost(host, port: port)
    }

    private static func tcpHost(_ host: Substring, port: Substring) throws(DatabaseHostError) -> DatabaseHost
    {
        guard !host.isEmpty else { throw .unknownForm(":\(port)") }
        guard port.isEmpty || isPort(port) else { throw .badPort(String(port)) }
        return .tcp(host: String(host), port: port.isEmpty ? nil : String(port))
    }

    private static func splitAtLastColon(_ text: Substring) -> (Substring, Substring)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        return (text[..<colon], text[text.index(after: colon)...])
    }

    private static func isPort(_ text: Substring) -> Bool {
        guard let number = ParameterValue.count(String(text)) else { return false }
        return (1...65_535).contains(number)
    }
}

/// Why a word of `hosts` names no host.
package enum DatabaseHostError: Error, Equatable, CustomStringConvertible {
    case unknownForm(String)
    case badPort(String)

    package var description: String {
        switch self {
        case .unknownForm(let text):
            "found the host `\(Self.shown(text))`, expected `/directory`, `host`, `host:port`, "
                + "`[address]:port` or `postgresql://…`"
        case .badPort(let text):
            "found the port `\(Self.shown(text))`, expected a number from 1 to 65535"
        }
    }

    /// Leaves out what comes before an `@`: it may be the password of a misspelt URI.
    private static func shown(_ text: String) -> String {
        guard let at = text.lastIndex(of: "@") else { return text }
        return "…\(text[at...])"
    }
}

extension DatabaseHost: CustomStringConvertible {
    /// As it was written in `hosts`, for logs: without prefixes, and without passwords.
    package var description: String {
        switch self {
        case .unix(let directory, let port): directory + (port.map { ":\($0)" } ?? "")
        case .tcp(let host, let port):
            (host.contains(":") ? "[\(host)]" : host) + (port.map { ":\($0)" } ?? "")
        case .uri(let text): Self.withoutPasswords(text)
        }
    }

    /// Masks more than libpq would take for a password rather than less: everything between the first colon
    /// and the last `@`, and every parameter whose name ends in `password` or is percent-encoded.
    private static func withoutPasswords(_ uri: String) -> String {
        let question = uri.firstIndex(of: "?") ?? uri.endIndex
        var address = uri[..<question]
        if let at = address.lastIndex(of: "@"), let scheme = address.firstRange(of: "://"),
            let colon = address[scheme.upperBound..<at].firstIndex(of: ":")
        {
            address = address[...colon] + "***" + address[at...]
        }
        let parameters = uri[question...].split(separator: "&", omittingEmptySubsequences: false).map {
            parameter in
            guard let equals = parameter.firstIndex(of: "=") else { return String(parameter) }
            let name = parameter[..<equals]
            let isSecret = name.lowercased().hasSuffix("password") || name.contains("%")
            return isSecret ? "\(name)=***" : String(parameter)
        }
        return address + parameters.joined(separator: "&")
    }
}
