// What tables must have in common to share a pool of connections.

internal import LookupValues

/// A database as a table names it. Tables with equal targets share its pool.
///
/// The password is a part of the identity: in stock Postfix each table logs in with its own, and a stale one is the trouble
/// of that table only.
package struct Target: Sendable {
    /// In the order of the file, which means nothing: Postfix tries the hosts of a class in random order.
    package let hosts: [DatabaseHost]
    /// Nil if the file has none: then libpq chooses.
    package let user: String?
    package let password: String?
    /// Nil only if every host is a URI, each of which names its own.
    package let database: String?
    /// The value of `client_encoding`.
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
    /// Whether the table's file has a password: in `password`, or in a URI or connection string. One that can't be read, or may
    /// be meant otherwise, counts as if it had.
    package var holdsPassword: Bool {
        if password?.isEmpty == false { return true }
        let strings = hosts.compactMap { if case .uri(let uri) = $0 { uri } else { nil } }
        return (strings + [databaseString].compactMap(\.self)).contains { text in
            ConnectionString(text).map { $0.holdsPassword || !$0.isPlain } ?? true
        }
    }

    /// `dbname`, if libpq takes it for more than a name.
    private var databaseString: String? { database.flatMap { ConnectionString.isMeant(by: $0) ? $0 : nil } }

    /// The options in `dbname`: none if it is a name; nil if it is a connection string that can't be read.
    var databaseOptions: [String: String]? {
        guard let databaseString else { return [:] }
        return ConnectionString(databaseString)?.options
    }
}

extension Target {
    /// Its name in statistics, `user@host,host/database`, without a password. Several targets may have the same.
    package var name: String {
        let hosts = hosts.map { "\($0)" }.joined(separator: ",")
        let place = (shownUser.map { "\($0)@" } ?? "") + hosts + (shownDatabase.map { "/\($0)" } ?? "")
        return (encoding.uppercased() == "UTF8" ? place : "\(place) \(encoding)").shown(upTo: 300)
    }

    /// The names of `hosts`. One with the same name as an earlier one has a number, too.
    package var hostNames: [String] {
        var names: [String] = []
        for host in hosts {
            var (name, number) = ("\(host)", 1)
            while names.contains(name) {
                number += 1
                name = "\(host) #\(number)"
            }
            names.append(name)
        }
        return names
    }

    /// The user, if the text is a user's name only.
    package var shownUser: String? {
        (user ?? databaseOptions?["user"]).map { $0.isPlainUser ? $0.shown(upTo: 100) : "…" }
    }

    /// The database's name, taken from the connection string or URI if `dbname` is one. `…` if it can't be told, or a password
    /// may be in it.
    package var shownDatabase: String? {
        guard let database else { return nil }
        guard let options = databaseOptions, let databaseString else {
            return database.isPlainDatabase ? database.shown(upTo: 100) : "…"
        }
        guard ConnectionString(databaseString)?.isPlain == true else { return "…" }
        return options["dbname"]?.shown(upTo: 100)
    }
}
