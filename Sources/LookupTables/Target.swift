// What tables must have in common to share a pool of connections.

/// A database as a table names it. Tables with equal targets share its pool.
///
/// The password is a part of the identity: in stock Postfix each table comes in by its own, and one that is stale is that
/// table's trouble.
package struct Target: Sendable {
    /// In the order of the file, which means nothing: Postfix tries the hosts of a class in random order.
    package let hosts: [DatabaseHost]
    /// Nil where the file has none, so that libpq chooses as it does for everyone.
    package let user: String?
    package let password: String?
    /// Nil only where every host is a URI, which carries its own.
    package let database: String?
    /// What `client_encoding` is set to.
    package let encoding: String

    package init(
        hosts: [DatabaseHost], user: String?, password: String?, database: String?, encoding: String
    ) {
        self.hosts = hosts
        self.user = user
        self.password = password
        self.database = database
        self.encoding = encoding
    }
}

extension Target: Hashable {
    package static func == (one: Target, other: Target) -> Bool {
        one.user == other.user && one.password == other.password && one.database == other.database
            && one.encoding == other.encoding && Set(one.hosts) == Set(other.hosts)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(user)
        hasher.combine(password)
        hasher.combine(database)
        hasher.combine(encoding)
        hasher.combine(Set(hosts))
    }
}

extension Target {
    /// Whether the table's file says how to get in.
    package var holdsPassword: Bool {
        password?.isEmpty == false
            || hosts.contains { host in
                // What a log must not show is left out of the description.
                if case .uri(let uri) = host { "\(host)" != uri } else { false }
            }
    }
}

extension Target {
    /// `user@host,host/database`, as statistics call it, without a password; several may have the same.
    package var name: String {
        let hosts = hosts.map { "\($0)" }.joined(separator: ",")
        let place = (user.map { "\($0)@" } ?? "") + hosts + (shownDatabase.map { "/\($0)" } ?? "")
        return encoding.uppercased() == "UTF8" ? place : "\(place) \(encoding)"
    }

    /// The database without a password: libpq takes a whole connection string or URI for one, too.
    package var shownDatabase: String? {
        guard let database else { return nil }
        if case .uri? = try? DatabaseHost(database) { return "\(DatabaseHost.uri(database))" }
        let scalars = database.unicodeScalars
        // How a value ends depends on its quotes.
        guard scalars.contains("="),
            let password = scalars.firstRange(of: "password".unicodeScalars)
        else { return database }
        return String(scalars[..<password.upperBound]) + "=***"
    }
}
