// What tables must have in common to share a pool of connections.

internal import LookupValues

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
    /// Whether the table's file says how to get in: in `password`, or in a URI or connection string, also in one that can't be
    /// read or may be meant otherwise.
    package var holdsPassword: Bool {
        if password?.isEmpty == false { return true }
        let strings = hosts.compactMap { if case .uri(let uri) = $0 { uri } else { nil } }
        return (strings + [databaseString].compactMap(\.self)).contains { text in
            ConnectionString(text).map { $0.holdsPassword || !$0.isPlain } ?? true
        }
    }

    /// What libpq takes `dbname` for, if that is more than a name.
    private var databaseString: String? { database.flatMap { ConnectionString.isMeant(by: $0) ? $0 : nil } }

    /// The options in `dbname`: none where it is a name; nil where it is a string that can't be read.
    var databaseOptions: [String: String]? {
        guard let databaseString else { return [:] }
        return ConnectionString(databaseString)?.options
    }
}

extension Target {
    /// `user@host,host/database`, as statistics call it, without a password; several may have the same.
    package var name: String {
        let hosts = hosts.map { "\($0)" }.joined(separator: ",")
        let place = (shownUser.map { "\($0)@" } ?? "") + hosts + (shownDatabase.map { "/\($0)" } ?? "")
        return (encoding.uppercased() == "UTF8" ? place : "\(place) \(encoding)").shown(upTo: 300)
    }

    /// `hosts` by name: what has the same name as one before has a number, too.
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

    /// The user, if it is nothing but one.
    package var shownUser: String? {
        (user ?? databaseOptions?["user"]).map { $0.isPlainUser ? $0.shown(upTo: 100) : "…" }
    }

    /// The database's name: the one in the connection string or URI that `dbname` may be. `…` where that can't be told, or a
    /// password may be in it.
    package var shownDatabase: String? {
        guard let database else { return nil }
        guard let options = databaseOptions, let databaseString else {
            return database.isPlainDatabase ? database.shown(upTo: 100) : "…"
        }
        guard ConnectionString(databaseString)?.isPlain == true else { return "…" }
        return options["dbname"]?.shown(upTo: 100)
    }
}
