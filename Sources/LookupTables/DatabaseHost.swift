// One member of `hosts`: where a database server listens.

internal import LookupValues

/// A host of `hosts`, in Postfix's classes. Hosts of the first class are tried before those of the second,
/// and these before those of the third; see dict_pgsql_get_active().
package enum DatabaseHost: Hashable, Sendable {
    /// A directory with a Unix-domain socket, `/dir` or `unix:/dir`; empty for libpq's default.
    ///
    /// Postfix does not split a port from it (3.7.11). Here `/dir:5433` has one, since the name of the socket
    /// depends on it and no other parameter could give it.
    case unix(directory: String, port: String?)
    /// `host`, `host:port`, `inet:host:port`. The port stands behind the last colon, in `::1:5432` too. An IPv6 address may
    /// stand in brackets, and must if it has no port.
    case tcp(host: String, port: String?)
    /// `postgresql://…` or `postgres://…`, given to libpq as it is, password included.
    case uri(String)

    /// Reads one word of `hosts` as Postfix's host_init() does, scalar by scalar: to C, a colon with an
    /// accent after it is still a colon.
    package init(_ text: String) throws(DatabaseHostError) {
        let scalars = text.unicodeScalars
        if ConnectionString.isURI(text) {
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

    /// Splits at the last colon, as split_at_right(3) does, but never in brackets. To Postfix, `::1` is the host `:` with the
    /// port 1.
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
        guard !host.contains("["), !host.contains("]"), !host.begins("/"), String(host).isPlainHost,
            !host.contains(":") || isIPv6(host)
        else { throw .unknownForm(String(host)) }
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

    /// A text that is neither a name, an address nor a number is not shown. It may have a password in it: a URI whose scheme
    /// is misspelt, say, or a text behind a user's name.
    package var description: String {
        switch self {
        case .unknownForm(let text):
            let isName = text.isPlainHost && !text.unicodeScalars.contains(":")
            return
                "found \(isName || Self.isAddress(text) ? "the host `\(text)`" : Self.hidden("host")), expected "
                + "`/directory`, `host`, `host:port`, `address:port`, `[address]` or `postgresql://…`"
        case .badPort(let text):
            let isNumber = text.utf8.allSatisfy { (0x30...0x39).contains($0) }
            return
                "found \(isNumber ? "the port `\(text)`" : Self.hidden("port")), expected a number from 1 to 65535"
        }
    }

    /// Whether a text has only characters that addresses have.
    private static func isAddress(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { "0123456789abcdefABCDEF.:[]".unicodeScalars.contains($0) }
    }

    private static func hidden(_ kind: String) -> String {
        "a \(kind) that is not shown, as a password may be in it"
    }
}

extension DatabaseHost: CustomStringConvertible {
    /// Its name in logs and statistics: as it was written in `hosts`, without prefixes. A URI is written anew from its parts,
    /// without passwords and with a few of its options only. If a piece of a password may be elsewhere in it, it is no more
    /// than `postgresql://…`.
    package var description: String {
        switch self {
        case .unix(let directory, let port):
            (directory.isPlainHost ? directory : "/…") + (port.map { ":\($0)" } ?? "")
        case .tcp(let host, let port):
            (host.unicodeScalars.contains(":") ? "[\(host)]" : host) + (port.map { ":\($0)" } ?? "")
        case .uri(let text): Self.name(ofURI: text).shown(upTo: 300)
        }
    }

    /// Options that tell hosts of one server apart, and may be shown.
    private static let shownOptions = [
        "hostaddr", "service", "target_session_attrs", "load_balance_hosts", "sslmode", "application_name",
    ]

    private static func name(ofURI uri: String) -> String {
        guard let string = ConnectionString(uri), string.isPlain else { return "postgresql://…" }
        var options = string.options
        var parameters: [String] = []
        if let directory = options["host"], directory.unicodeScalars.contains("/") {
            parameters.append("host=\(directory)")
            options["host"] = nil
            if let port = options.removeValue(forKey: "port") { parameters.append("port=\(port)") }
        }
        for keyword in shownOptions {
            guard let value = options[keyword], isWord(value) else { continue }
            parameters.append("\(keyword)=\(value)")
        }
        return "postgresql://" + (options["user"].map { "\($0)@" } ?? "")
            + places(options["host"] ?? "", options["port"] ?? "") + "/" + (options["dbname"] ?? "")
            + (parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&"))
    }

    private static func isWord(_ value: String) -> Bool {
        value.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || "0123456789-_.:".unicodeScalars.contains($0)
        }
    }

    /// The hosts, each with its port.
    private static func places(_ hosts: String, _ ports: String) -> String {
        let ports = ports.split(separator: ",", omittingEmptySubsequences: false)
        return hosts.split(separator: ",", omittingEmptySubsequences: false).enumerated().map { index, host in
            // One port may be that of all hosts.
            let port = ports.count == 1 ? ports[0] : index < ports.count ? ports[index] : ""
            return (host.unicodeScalars.contains(":") ? "[\(host)]" : "\(host)")
                + (port.isEmpty ? "" : ":\(port)")
        }.joined(separator: ",")
    }
}
