// Findings of `mapmux check` that a database administrator would want to know.

/// Something that works, and should be looked at all the same.
package struct Finding: Equatable, Sendable, Codable {
    package enum Severity: String, Sendable, Codable {
        /// It is slow, fails for some keys, or opens the database to others.
        case warning
        /// It may be meant.
        case note
    }

    /// The kind of finding. Programs know the kinds by these names, so they never change.
    package enum Code: String, CaseIterable, Sendable, Codable {
        /// A large relation is read from one end to the other for a key.
        case noUsableIndex = "no-usable-index"
        /// There is an index, but the query compares a function or a cast of its column.
        case functionInTheWay = "function-in-the-way"
        /// An index could be used, but PostgreSQL reads the relation all the same.
        case indexNotChosen = "index-not-chosen"
        /// A second row would make the lookup fail, and nothing in the query prevents it.
        case missingLimit = "missing-limit"
        /// A key's `%`, `_` or `.` matches other addresses.
        case keyAsPattern = "key-as-pattern"
        /// The key is in quotes inside a literal, as in SQL text for dblink().
        case keyInQuotes = "key-in-quotes"
        /// The key is in a literal that has elements, such as an array's.
        case keyInElements = "key-in-elements"
        /// The query is not known to keep nothing.
        case keptApart = "kept-apart"
        /// Rows that no folded key equals.
        case upperCaseRows = "upper-case-rows"
        /// It could not be found out whether there are such rows.
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
        /// Answers of a map are kept, and it is not known what the map is for.
        case unknownUse = "unknown-use"
        /// There is hardly any room for kept answers.
        case smallCache = "small-cache"
        /// Answers of a map are to be kept, and its query is not known to be pure.
        case nothingKept = "nothing-kept"
        /// A map is to be kept by notification, and the triggers for that are not as they must be.
        case missingTriggers = "missing-triggers"
        /// A map is to be kept by notification, and no trigger can tell of all changes, or nothing can be heard.
        case neverNotified = "never-notified"
        /// A map is to be kept by notification, and its table changes often.
        case busyTable = "busy-table"
    }

    package let code: Code
    package let severity: Severity
    /// What was found and what was expected, in one line.
    package let message: String

    init(_ code: Code, _ severity: Severity, _ message: String) {
        self.code = code
        self.severity = severity
        self.message = message
    }
}
