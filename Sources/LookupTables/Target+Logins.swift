// The servers that the hosts of a target lead to, and the users, however the file spells them.

internal import LookupValues

/// A way into a database: a server, a user, a database.
package struct DatabaseLogin: Equatable, Sendable {
    /// With the port, unless it is 5432.
    package let host: String
    package let user: String?
    package let database: String?
    package let password: String?

    package init(host: String, port: String?, user: String?, database: String?, password: String?) {
        let hasOwnPort = port.map { !$0.isEmpty && $0 != "5432" } ?? false
        let isIPv6 = host.unicodeScalars.contains(":")
        self.host = (isIPv6 ? "[\(host)]" : host) + (hasOwnPort ? ":\(port!)" : "")
        self.user = user
        self.database = database
        self.password = password
    }

    /// Whether both lead to the same database as the same user, at any host.
    package func sharesDatabase(with other: DatabaseLogin) -> Bool {
        user == other.user && database == other.database
    }
}

extension Target {
    /// The logins of all hosts: for a URI one for each of its hosts, and none if they can't be told, because libpq can't read
    /// the URI, a service file has the rest, or a piece of a password may be in place of a host.
    package var logins: [DatabaseLogin] {
        hosts.flatMap { host -> [DatabaseLogin] in
            switch host {
            case .unix(let name, let port), .tcp(let name, let port):
                guard let options = databaseOptions, options["service"] == nil, shownDatabase != "…",
                    name.isPlainHost
                else { return [] }
                let user = user ?? options["user"]
                let isName = database.map { !ConnectionString.isMeant(by: $0) } ?? true
                return [
                    DatabaseLogin(
                        host: name, port: port, user: user,
                        database: isName ? database : options["dbname"] ?? user,
                        password: password ?? options["password"])
                ]
            case .uri(let uri):
                guard let string = ConnectionString(uri), string.isPlain, string.options["service"] == nil
                else { return [] }
                let options = string.options
                let names = list(options["host"] ?? options["hostaddr"])
                let ports = list(options["port"])
                return names.enumerated().map { index, name in
                    // One port may be that of all hosts.
                    let port = ports.count == 1 ? ports[0] : index < ports.count ? ports[index] : nil
                    return DatabaseLogin(
                        host: name, port: port, user: options["user"],
                        database: options["dbname"] ?? options["user"],
                        password: options["password"])
                }
            }
        }
    }
}

/// The members of an option's value; an empty one if there is none.
private func list(_ value: String?) -> [String] {
    (value ?? "").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
}
