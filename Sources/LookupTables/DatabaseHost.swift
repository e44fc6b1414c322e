// One member of `hosts`: where a database server listens.

/// A host of `hosts`, in Postfix's classes. Hosts of the first class are tried before those of the second,
/// and these before those of the third; see dict_pgsql_get_active().
package enum DatabaseHost: Hashable, Sendable {
    /// A directory with a Unix-domain socket, `/dir` or `unix:/dir`; empty for libpq's default.
    ///
    /// Postfix does not split a port from it (3.7.11). Here `/dir:5433` has one, since the name of the socket
    /// depends on it and no other parameter could give it.
    case unix(directory: String, port: String?)
    /// `host`, `host:port`, `inet:host:port`. The port is what stands behind the last colon, in `::1:5432` too. An IPv6
    /// address may stand in brackets, and must where it has no port.
    case tcp(host: String, port: String?)
    /// `postgresql://…` or `postgres://…`, given to libpq as it is, password included.
    case uri(String)

    /// Reads one word of `hosts` as Postfix's host_init() does, scalar by scalar: to C, an accent after a colon makes
    /// no other character of it.
    package init(_ text: String) throws(DatabaseHostError) {
        let scalars = text.unicodeScalars
        if scalars.begins("postgresql://") || scalars.begins("postgres://") {
            self = .uri(text)
            return
        }
        let address = scalars.begins("unix:") || scalars.begins("inet:") ? scalars.dropFirst(5) : scalars[...]
        if address.isEmpty || address.begins("/") {
            self = Self.unixHost(address)
        } else {
            self = try Self.tcpHost(address)
        }
    }

    private typealias Scalars = Substring.UnicodeScalarView

    private static func unixHost(_ address: Scalars) -> DatabaseHost {
        guard let (directory, port) = splitAtLastColon(address), isPort(port) else {
            return .unix(directory: String(address), port: nil)
        }
        return .unix(directory: String(directory), port: String(port))
    }

    /// Splits at the last colon, as split_at_right(3) does, but never in brackets. To Postfix, `::1` is the host `:` and the
    /// port 1, which leads nowhere.
    private static func tcpHost(_ address: Scalars) throws(DatabaseHostError) -> DatabaseHost {
        if address.begins("["), let close = address.lastIndex(of: "]") {
            let host = address[..<close].dropFirst()
            let rest = address[close...].dropFirst()
            guard rest.isEmpty || rest.begins(":") else { throw .unknownForm(String(address)) }
            return try tcpHost(host, port: rest.dropFirst())
        }
        guard let (host, port) = splitAtLastColon(address) else {
            return try tcpHost(address, port: Scalars())
        }
        guard !host.contains(":") || isIPv6(host) else { throw .unknownForm(String(address)) }
        return try tcpHost(host, port: port)
    }

    private static func tcpHost(_ host: Scalars, port: Scalars) throws(DatabaseHostError) -> DatabaseHost {
        guard !host.isEmpty else { throw .unknownForm(":\(String(port))") }
        guard !host.contains("["), !host.contains("]"), !host.begins("/") else {
            throw .unknownForm(String(host))
        }
        guard port.isEmpty || isPort(port) else { throw .badPort(String(port)) }
        return .tcp(host: String(host), port: port.isEmpty ? nil : String(port))
    }

    /// Whether a text is an IPv6 address as inet_pton(3) takes it, perhaps with a zone as in `fe80::1%eth0`.
    private static func isIPv6(_ text: Scalars) -> Bool {
        let address = String(text.prefix { $0 != "%" })
        let halves = address.split(separator: "::", omittingEmptySubsequences: false)
        let groups = halves.flatMap {
            $0.isEmpty ? [] : $0.split(separator: ":", omittingEmptySubsequences: false)
        }
        func isGroup(_ text: Substring) -> Bool {
            (1...4).contains(text.utf8.count) && text.allSatisfy { $0.isASCII && $0.isHexDigit }
        }
        func isIPv4(_ text: Substring) -> Bool {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            return parts.count == 4
                && parts.allSatisfy { ParameterValue.count(String($0)).map { $0 <= 255 } ?? false }
        }
        let endsInIPv4 = groups.last.map(isIPv4) ?? false && halves.last?.isEmpty == false
        let count = groups.count + (endsInIPv4 ? 1 : 0)
        guard groups.dropLast(endsInIPv4 ? 1 : 0).allSatisfy(isGroup) else { return false }
        return halves.count == 1 ? count == 8 : halves.count == 2 && count < 8
    }

    private static func splitAtLastColon(_ text: Scalars) -> (Scalars, Scalars)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        return (text[..<colon], text[colon...].dropFirst())
    }

    private static func isPort(_ text: Scalars) -> Bool {
        guard let number = ParameterValue.count(String(text)) else { return false }
        return (1...65_535).contains(number)
    }
}

extension Collection<Unicode.Scalar> {
    fileprivate func begins(_ text: String) -> Bool { starts(with: text.unicodeScalars) }
}

/// Why a word of `hosts` names no host.
package enum DatabaseHostError: Error, Equatable, CustomStringConvertible {
    case unknownForm(String)
    case badPort(String)

    package var description: String {
        switch self {
        case .unknownForm(let text):
            "found the host `\(Self.shown(text))`, expected `/directory`, `host`, `host:port`, "
                + "`address:port`, `[address]` or `postgresql://…`"
        case .badPort(let text):
            "found the port `\(Self.shown(text))`, expected a number from 1 to 65535"
        }
    }

    /// Leaves out what comes before an `@`: it may be the password of a misspelt URI.
    private static func shown(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let at = scalars.lastIndex(of: "@") else { return text }
        return "…" + String(scalars[at...])
    }
}

extension DatabaseHost: CustomStringConvertible {
    /// As it was written in `hosts`, for logs: without prefixes, and without passwords.
    package var description: String {
        switch self {
        case .unix(let directory, let port): directory + (port.map { ":\($0)" } ?? "")
        case .tcp(let host, let port):
            (host.unicodeScalars.contains(":") ? "[\(host)]" : host) + (port.map { ":\($0)" } ?? "")
        case .uri(let text): Self.withoutPasswords(text)
        }
    }

    /// Masks more than libpq would take for a password rather than less: everything between the first colon
    /// and the last `@`, and every parameter whose name ends in `password` or is percent-encoded.
    ///
    /// A `?` ends no password, for libpq neither: it looks for the `@` first. Like libpq, this takes no notice of
    /// what makes one character of an `@` and an accent after it.
    private static func withoutPasswords(_ uri: String) -> String {
        let scalars = uri.unicodeScalars
        let question = scalars.firstIndex(of: "?") ?? scalars.endIndex
        var hasSecret = false
        let parameters = scalars[question...].split(separator: "&", omittingEmptySubsequences: false).map {
            parameter in
            guard let equals = parameter.firstIndex(of: "=") else {
                // What is no parameter may be the rest of a password.
                return hasSecret ? "***" : String(parameter)
            }
            let name = String(parameter[..<equals])
            let isSecret = name.lowercased().hasSuffix("password") || name.unicodeScalars.contains("%")
            if isSecret { hasSecret = true }
            return isSecret ? "\(name)=***" : String(parameter)
        }
        let text = (String(scalars[..<question]) + parameters.joined(separator: "&")).unicodeScalars
        guard let at = text.lastIndex(of: "@"), let scheme = text.firstRange(of: "://".unicodeScalars),
            let colon = text[scheme.upperBound..<at].firstIndex(of: ":")
        else { return String(text) }
        return String(text[...colon]) + "***" + String(text[at...])
    }
}
