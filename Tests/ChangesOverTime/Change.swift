// A change of a schema, a role, a setting, a host or a file, and what its tables answer before and after it.

package import TestSupport

/// A line of the tables beside this file: `Change.all` has them together. Each change has a database and a login of its
/// own, both named `slug`, so that none can hide another one. In its SQL and files `{login}` and `{database}` stand for
/// them; the login may use whatever the setup makes, until a right is taken away.
package struct Change: Sendable, CustomStringConvertible {
    package typealias Answer = PostfixConfiguration.Answer

    /// A key and what stock Postfix answers for it.
    package struct Key: Sendable {
        package let text: String
        package let before: Answer
        package let after: Answer
    }

    /// A pgsql_table(5) file and the keys that it is asked for.
    package struct Map: Sendable {
        package let query: String
        /// Further lines; a parameter that is named again has this value.
        package let more: String
        package let keys: [Key]

        package init(_ query: String, more: String = "", _ keys: [(String, Answer, Answer)]) {
            self.query = query
            self.more = more
            self.keys = keys.map { Key(text: $0, before: $1, after: $2) }
        }
    }

    package enum Action: Sendable {
        /// In one transaction, in the change's database, at each host.
        case sql(String)
        /// One after the other, each in a transaction of its own.
        case commands(String)
        /// As `commands`, at the host that is asked first; the other one stays as it is.
        case atFirstHost(String)
        case stopFirstHost
        case startFirstHost
        /// Commands; then the first map's file is written anew, and the daemon reads its files.
        case reload(sql: String = "", File)
    }

    package enum File: Sendable {
        case map(query: String, more: String)
        /// A file that is none; the daemon must say so and keep what it has.
        case broken(String)
        /// The file is gone; the daemon must say so and keep what it has.
        case missing
        /// As it was before.
        case same
        /// So, but its login is refused by now; the daemon must say so and keep its connections.
        case refused
    }

    package enum Hosts: Sendable {
        /// One host, by a Unix-domain socket.
        case one
        /// Two of the same contents: the first by a Unix-domain socket, which is asked first, the other by TCP.
        case two
    }

    /// What the change does to stock Postfix's answers, which is looked at: a line that tests nothing is no line.
    package enum Effect: Sendable {
        case changesAnswers
        /// That they stay is what is to be seen; with two hosts, the first one alone must answer otherwise.
        case changesNone
        /// The daemon's stay by design, for the reason given, while stock's change.
        case changesStockOnly(String)
    }

    package let name: String
    package let hosts: Hosts
    package let setup: String
    package let maps: [Map]
    package let change: Action
    /// Afterwards everything is answered as before the change.
    package let undo: Action
    package let effect: Effect
    /// Whether a lookup of stock's that falls into the change may fail, too. PostgreSQL looks up tables in a way that no
    /// query sees a transaction half done; functions, operators and casts that are dropped may be missed.
    package let mayFailMeanwhile: Bool
    /// How many lookups of the first map the database has counted, as a query; nil: it does not count.
    package let tally: String?
    /// Whether some lookups take so long that a client should ask for nothing else.
    package let isSlow: Bool

    /// - Parameter neighbour: a table of the same database and login that is asked meanwhile.
    package init(
        _ name: String, at hosts: Hosts = .one, setup: String = Change.people,
        query: String = Change.byName, more: String = "", _ keys: [(String, Answer, Answer)],
        neighbour: Map? = nil, change: Action, undo: Action, effect: Effect = .changesAnswers,
        mayFailMeanwhile: Bool = false, tally: String? = nil, isSlow: Bool = false
    ) {
        self.name = name
        self.hosts = hosts
        self.setup = setup
        maps = [Map(query, more: more, keys)] + (neighbour.map { [$0] } ?? [])
        self.change = change
        self.undo = undo
        self.effect = effect
        self.mayFailMeanwhile = mayFailMeanwhile
        self.tally = tally
        self.isSlow = isSlow
    }

    package var description: String { name }

    /// The name as a word that PostgreSQL takes unquoted and a map may have.
    package var slug: String {
        String(name.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "_" })
    }

    package func mapName(_ map: Int) -> String { map == 0 ? slug : "\(slug)_neighbour" }

    /// Puts the names of this change's database and login into SQL or a file.
    package func named(_ text: String) -> String {
        var text = text
        for place in ["{login}", "{database}"] {
            text = text.split(separator: place, omittingEmptySubsequences: false).joined(separator: slug)
        }
        return text
    }

    package static let people = """
        CREATE TABLE people (name text PRIMARY KEY, box text NOT NULL);
        INSERT INTO people VALUES ('ann', 'box1'), ('bob', 'box2'), ('Cid', 'box3');

        """
    package static let byName = "SELECT box FROM people WHERE name = '%s'"

    /// Every change there is.
    package static let all = types + functions + tables + rights + settings + apart + hostsApart + files
}

extension PostfixConfiguration.Answer: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self = .found(Array(value.utf8)) }

    /// A failure, whatever is said about it.
    package static let failure = Self.failed("")

    /// Whether both are the same to the one who asks: why a lookup fails is for people only.
    package func isSame(as other: Self) -> Bool {
        switch (self, other) {
        case (.found(let one), .found(let another)): one == another
        case (.notFound, .notFound), (.failed, .failed): true
        case (.found, _), (.notFound, _), (.failed, _): false
        }
    }
}
