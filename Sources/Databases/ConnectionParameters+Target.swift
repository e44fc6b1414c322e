// How a table's hosts, user and database become libpq's keywords.

package import LookupTables
package import PostgreSQL

extension ConnectionParameters {
    /// What Postfix gives PQsetdbLogin(3) or, for a URI, PQconnectdb(3), with the encoding already in the startup
    /// packet.
    ///
    /// - Parameter applicationName: what the server is to call the connection, unless the table's `dbname` or URI, or
    ///   PGAPPNAME in the environment, says something else.
    package init(host: DatabaseHost, target: Target, applicationName: String) {
        var pairs: [(keyword: String, value: String)] = []
        func add(_ keyword: String, _ value: String?) {
            if let value, !value.isEmpty { pairs.append((keyword, value)) }
        }
        // Unless something else is set, a connection whose other end is gone is noticed within two minutes,
        // even if idle.
        add("keepalives_idle", "60")
        add("keepalives_interval", "20")
        add("keepalives_count", "3")
        switch host {
        case .uri(let uri):
            add("dbname", uri)
        case .unix(let directory, let port):
            add("dbname", target.database)
            add("host", directory)
            add("port", port)
            add("user", target.user)
            add("password", target.password)
        case .tcp(let name, let port):
            add("dbname", target.database)
            add("host", name)
            add("port", port)
            add("user", target.user)
            add("password", target.password)
        }
        add("client_encoding", target.encoding)
        add("fallback_application_name", applicationName)
        self.init(pairs)
    }
}
