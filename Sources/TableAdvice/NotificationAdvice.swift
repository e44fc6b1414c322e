// Advice on tables whose maps are to be kept by notification.

/// What is known of the triggers behind a table's query, and of how often its rows change.
package struct NotificationAdvice: Equatable, Sendable {
    package enum State: Equatable, Sendable {
        /// The triggers are in place, and as they must be.
        case told(byKey: Bool)
        /// They are not: why, in words, such as `public.alias has no triggers of mapmux`.
        case missing(String)
        /// They would be of no use: why, in words.
        case never(String)
    }

    /// The maps that are to be kept by notification.
    private let maps: [String]
    private let state: State
    private let changes: [RowChanges]

    /// - Parameters:
    ///   - maps: one at least, all of one table.
    ///   - changes: of the relations that the query reads.
    package init(maps: [String], _ state: State, changes: [RowChanges]) {
        self.maps = maps
        self.state = state
        self.changes = changes
    }

    /// In a few words, for people; nil if there is a finding instead.
    package var verdict: String? {
        switch state {
        case .told(byKey: true): "triggers tell of changes, by key"
        case .told(byKey: false): "triggers tell of changes, for all keys at once"
        case .missing, .never: nil
        }
    }

    package var findings: [Finding] {
        let named = maps.map { "`\($0)`" }.joined(separator: ", ")
        let trouble: [Finding] =
            switch state {
            case .told: []
            case .missing(let reason):
                [
                    Finding(
                        .missingTriggers, .warning,
                        """
                        found \(named) in cache as notified, while \(reason); expected what `mapmux triggers` prints to \
                        have been run: until then nothing is kept, or only by a time behind `notified`
                        """)
                ]
            case .never(let reason):
                [
                    Finding(
                        .neverNotified, .warning,
                        """
                        found \(named) in cache as notified, expected a map whose changes can be told: \(reason); so nothing is \
                        kept, or only by a time behind `notified`
                        """)
                ]
            }
        return trouble + changes.compactMap { $0.finding(maps: named) }
    }
}

/// How many rows of a relation have changed, as PostgreSQL's statistics have it.
package struct RowChanges: Equatable, Sendable {
    private let relation: String
    private let count: Int
    private let seconds: Int
    private let isSinceReset: Bool

    /// - Parameters:
    ///   - relation: its name in messages.
    ///   - count: n_tup_ins, n_tup_upd and n_tup_del of pg_stat_user_tables together.
    ///   - seconds: since the statistics were last reset.
    ///   - isSinceReset: false if it is not known when that was; then the time is the server's since its start, and the
    ///     statistics may be older.
    package init(relation: String, count: Int, seconds: Int, isSinceReset: Bool) {
        self.relation = relation
        self.count = count
        self.seconds = seconds
        self.isSinceReset = isSinceReset
    }

    /// Commits that notify come one after the other, on the whole server: see dba.md.
    private static let mostASecond = 50
    /// In seconds. In a shorter time than this, a load of many rows at once would look like many transactions.
    private static let leastTime = 3600

    func finding(maps: String) -> Finding? {
        guard count / max(seconds, Self.leastTime) >= Self.mostASecond else { return nil }
        let period =
            isSinceReset
            ? "in the \(seconds / 60) minutes since its statistics were reset"
            : "in the \(seconds / 60) minutes since the server's start, or before that"
        return Finding(
            .busyTable, isSinceReset ? .warning : .note,
            """
            found \(count) changed rows of \(relation) \(period), expected fewer than \(Self.mostASecond) a second for \(maps): \
            commits that notify come one after the other; keep it by time, unless many rows change in each transaction
            """)
    }
}
