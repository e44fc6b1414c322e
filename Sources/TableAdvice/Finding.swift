// What `mapmux check` finds that a database administrator would want to know.

/// Something that works, and that somebody should look at all the same.
package struct Finding: Equatable, Sendable, Codable {
    package enum Severity: String, Sendable, Codable {
        /// It is slow, fails for some keys, or lets somebody in.
        case warning
        /// It may be meant.
        case note
    }

    /// What kind of finding it is. The names are for programs, and stay.
    package enum Code: String, CaseIterable, Sendable, Codable {
        /// A large relation is read from one end to the other for a key.
        case noUsableIndex = "no-usable-index"
        /// An index is there, and the query compares a function or a cast of its column.
        case functionInTheWay = "function-in-the-way"
        /// An index could be used, and PostgreSQL reads the relation all the same.
        case indexNotChosen = "index-not-chosen"
        /// A second row would make the lookup fail, and nothing keeps it away.
        case missingLimit = "missing-limit"
        /// A key's `%`, `_` or `.` matches other addresses.
        case keyAsPattern = "key-as-pattern"
        /// The key is in quotes inside a literal, as in SQL text for dblink().
        case keyInQuotes = "key-in-quotes"
        /// The key is in a literal that has elements, an array's for instance.
        case keyInElements = "key-in-elements"
        /// The query is not known to keep nothing.
        case keptApart = "kept-apart"
        /// Rows that no folded key equals.
        case upperCaseRows = "upper-case-rows"
        /// Whether there are such rows could not be found out.
        case uncountedRows = "uncounted-rows"
        /// The query has not been asked for any key.
        case notTried = "not-tried"
        /// The query works at some hosts of the table and not at others.
        case hostsDiffer = "hosts-differ"
        /// How many connections a target with several hosts may have.
        case connections
        case differingHosts = "differing-hosts"
        case superuser
        case tcpWithoutPassword = "tcp-without-password"
        case replicaLag = "replica-lag"
        /// Several tables share the only connection that a worker has to their database.
        case oneConnection = "one-connection"
    }

    package let code: Code
    package let severity: Severity
    /// What was found, what was expected: one line.
    package let message: String

    init(_ code: Code, _ severity: Severity, _ message: String) {
        self.code = code
        self.severity = severity
        self.message = message
    }
}
