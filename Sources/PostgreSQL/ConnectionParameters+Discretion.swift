// What of libpq's words about a connection may be shown: no part of a password that it has taken for something else.

extension ConnectionParameters {
    /// The error in words of this program where libpq's may hold a part of a password.
    ///
    /// libpq quotes what it can't read, and a `/` or an `@` in a password that is not percent-encoded ends it: what follows is
    /// a port, a host or a database, which libpq and the server quote.
    func discreet(_ error: ServerError) -> ServerError {
        for (keyword, value) in pairs where keyword == "dbname" {
            let isURI = Self.schemes.contains { value.unicodeScalars.starts(with: $0.unicodeScalars) }
            guard isURI || value.unicodeScalars.contains("=") else { continue }
            if connectionOptions(in: value) == nil {
                return ServerError(sqlState: "", message: isURI ? Self.unreadableURI : Self.unreadableString)
            }
            if isURI && Self.mayTearPassword(value) {
                return ServerError(sqlState: error.sqlState, message: Self.tornPassword)
            }
        }
        return error
    }

    /// As libpq's recognized_connection_string() has them; it takes anything else with a `=` for keywords and values.
    private static let schemes = ["postgresql://", "postgres://"]

    private static let unreadableURI =
        "the URI can't be parsed; expected postgresql://user:password@host:port/database?option=value, with other "
        + "characters than letters, digits and -._~ percent-encoded"
    private static let unreadableString =
        "the connection string in dbname can't be parsed; expected keyword=value, with a value that has blanks in "
        + "single quotes"
    private static let tornPassword =
        "not connected; why is not shown, as a part of the password may be in it; expected a URI whose password has / "
        + "as %2F and @ as %40"

    /// Whether what stands between the first colon and the last `@`, the password if this is no accident, is more than
    /// libpq takes for one.
    private static func mayTearPassword(_ uri: String) -> Bool {
        let scalars = uri.unicodeScalars
        guard let at = scalars.lastIndex(of: "@"), let scheme = scalars.firstRange(of: "://".unicodeScalars),
            scheme.upperBound < at
        else { return false }
        let login = scalars[scheme.upperBound..<at]
        return login.contains(":") && login.contains { $0 == "/" || $0 == "@" }
    }
}
