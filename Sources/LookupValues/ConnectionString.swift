// Connection strings and URIs of libpq, taken apart to see what of them may be shown.

/// The options of `keyword=value …` or of a URI, as conninfo_parse() and conninfo_uri_parse() in libpq read them. Which
/// keywords there are is libpq's affair.
package struct ConnectionString: Equatable, Sendable {
    /// The last of a keyword counts; with what is percent-encoded or escaped decoded.
    package let options: [String: String]
    private let text: String

    /// Nil if libpq can't read it either.
    package init?(_ text: String) {
        self.text = text
        let bytes = Array(text.utf8)
        guard let read = Self.isURI(text) ? URIReader.options(bytes) : KeywordReader.options(bytes) else {
            return nil
        }
        let pairs = read.map { option in
            (String(decoding: option.keyword, as: UTF8.self), String(decoding: option.value, as: UTF8.self))
        }
        options = Dictionary(pairs) { $1 }
    }

    private static let schemes = ["postgresql://", "postgres://"]

    package static func isURI(_ text: String) -> Bool {
        schemes.contains { text.unicodeScalars.starts(with: $0.unicodeScalars) }
    }

    /// Whether libpq takes a `dbname` for more than a name: see recognized_connection_string().
    package static func isMeant(by database: String) -> Bool {
        isURI(database) || database.unicodeScalars.contains("=")
    }

    /// Options that are enough to log in by themselves. The keys and the last one are of libpq 18.
    private static let passwords = [
        "password", "sslpassword", "scram_client_key", "scram_server_key", "oauth_client_secret",
    ]

    /// Whether a password is in it.
    package var holdsPassword: Bool { Self.passwords.contains { options[$0]?.isEmpty == false } }

    /// Texts that must not be shown: passwords, and the values of settings in `options`, which may be keys.
    package var secrets: [String] {
        let settings = (options["options"] ?? "").split(separator: " ").map { setting in
            String(setting.drop { $0 != "=" }.dropFirst())
        }
        return Self.passwords.compactMap { options[$0] } + settings
    }

    /// Whether each part is what it should be, so that none can be a piece of a password with a `/`, `@`, `:` or `,` in it,
    /// which ends it for libpq: that takes what follows for a port, a host or a database.
    package var isPlain: Bool {
        if Self.isURI(text), mayTearPassword { return false }
        let ports = (options["port"] ?? "").utf8
        return ports.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ",") }
            && (options["host"] ?? "").isPlainHost && (options["user"] ?? "").isPlainUser
            && (options["dbname"] ?? "").isPlainDatabase
    }

    /// Whether what stands between the first colon and the last `@`, the password if this is no accident, is more than
    /// libpq takes for one.
    private var mayTearPassword: Bool {
        let scalars = text.unicodeScalars
        guard let at = scalars.lastIndex(of: "@"), let scheme = scalars.firstRange(of: "://".unicodeScalars),
            scheme.upperBound < at
        else { return false }
        let login = scalars[scheme.upperBound..<at]
        return login.contains(":") && login.contains { $0 == "/" || $0 == "@" }
    }
}

extension String {
    /// Whether it is a host, an address or a directory, several with commas, and nothing that belongs to a login.
    package var isPlainHost: Bool {
        // An abstract socket's name begins with an `@`.
        split(separator: ",").allSatisfy {
            String($0.first == "@" ? $0.dropFirst() : $0).has(none: "@=?&'\"\\ ")
        }
    }

    /// Whether it is a user's name without a password behind it.
    package var isPlainUser: Bool { has(none: ":/=?&'\"\\") }

    /// Whether it is a database's name and no misspelt connection string.
    package var isPlainDatabase: Bool { has(none: "@:/=?&'\"\\") }

    private func has(none characters: String) -> Bool {
        !unicodeScalars.contains { characters.unicodeScalars.contains($0) }
    }
}
