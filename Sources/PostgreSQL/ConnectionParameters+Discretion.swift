// What may be shown of libpq's messages about a connection: no part of a password, even if libpq took it for
// something else.

internal import LookupValues

extension ConnectionParameters {
    /// The error, in words of this program if libpq's or the server's may hold a part of a password.
    ///
    /// libpq quotes what it can't read, and a `/` or an `@` in a password that is not percent-encoded ends
    /// it: what follows is a port, a host or a database, which libpq and the server quote. They also quote a
    /// connection string that stands where only a name can be.
    func discreet(_ error: ServerError) -> ServerError {
        var secrets: [String] = []
        for (keyword, value) in pairs {
            switch keyword {
            case "dbname" where ConnectionString.isMeant(by: value):
                let isURI = ConnectionString.isURI(value)
                // libpq's own parser is asked, too, as it knows the keywords.
                guard connectionOptions(in: value) != nil, let string = ConnectionString(value) else {
                    return ServerError(
                        sqlState: "", message: isURI ? Self.unreadableURI : Self.unreadableString)
                }
                if !string.isPlain {
                    return ServerError(
                        sqlState: error.sqlState, message: isURI ? Self.tornPassword : Self.withheld)
                }
                secrets += string.secrets
            case "dbname" where !value.isPlainDatabase, "host" where !value.isPlainHost,
                "user" where !value.isPlainUser:
                return ServerError(sqlState: error.sqlState, message: Self.withheld)
            case "password": secrets.append(value)
            default: break
            }
        }
        // A server may repeat what it was sent. A password that is also a name gives nothing away.
        let names = pairs.filter { $0.keyword != "password" }.map(\.value)
        let isTold = secrets.contains {
            $0.utf8.count >= 4 && !names.contains($0) && error.message.contains($0)
        }
        return isTold ? ServerError(sqlState: error.sqlState, message: Self.withheld) : error
    }

    private static let unreadableURI =
        "the URI can't be parsed; expected postgresql://user:password@host:port/database?option=value, with other "
        + "characters than letters, digits and -._~ percent-encoded"
    private static let unreadableString =
        "the connection string in dbname can't be parsed; expected keyword=value, with a value that has blanks in "
        + "single quotes"
    private static let tornPassword =
        "not connected; why is not shown, as a part of the password may be in it; expected a URI whose password has / "
        + "as %2F and @ as %40"
    private static let withheld =
        "not connected; why is not shown, as a part of the password may be in it; expected the name of a host, a user "
        + "and a database, each without the others"
}
