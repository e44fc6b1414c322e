// What the rows of a result answer.

internal import Databases
internal import LookupPool
internal import LookupTables
internal import LookupValues
internal import PostgreSQL

/// The outcomes of the queries of one statement, by place. Each is made when it is asked for: there is no more than one in
/// memory then, where the allocator finds room at once.
struct QueryOutcomes: ~Copyable {
    private let rows: Rows
    /// Where the rows of each place begin, and where those of the last one end.
    private let firstRows: [Int]
    private let firstColumn: Int
    /// By place; none where the builder has the only one, or the result's format has no use for any.
    private let keys: [[UInt8]]
    private var builder: ResultBuilder
    /// What was made last, and for which place: the lookups that share a query ask for it one after the other.
    private var latest: (place: Int, outcome: LookupOutcome)?

    /// The outcome of one query.
    ///
    /// - Parameter tables: those of the pool.
    init(
        _ rows: consuming Rows, to query: QueryID, _ tables: [TableDefinition], _ pool: borrowing TargetPool
    ) {
        let (table, key) = pool.question(of: query)
        firstRows = [0, rows.rowCount]
        firstColumn = 0
        keys = []
        builder = ResultBuilder(table: tables[table], key: key)
        self.rows = rows
    }

    /// The outcomes of the queries of an array statement; nil where the rows make no sense.
    init?(
        _ rows: consuming Rows, to queries: [QueryID], _ table: TableDefinition, _ pool: borrowing TargetPool
    ) {
        guard let firstRows = rows.firstRows(ofPlaces: queries.count) else { return nil }
        self.firstRows = firstRows
        firstColumn = 1
        keys = table.resultFormat.isPlain ? [] : queries.map { pool.question(of: $0).key }
        builder = ResultBuilder(table: table)
        self.rows = rows
    }

    /// The outcome at a place.
    mutating func outcome(at place: Int) -> LookupOutcome {
        if let latest, latest.place == place { return latest.outcome }
        // Let go of, so that its room serves this one.
        latest = nil
        if keys.isEmpty { builder.begin() } else { builder.begin(key: keys[place]) }
        for row in firstRows[place]..<firstRows[place + 1] {
            rows.forEachValue(inRow: row, from: firstColumn) { builder.add($0) }
        }
        let outcome = builder.finish()
        latest = (place, outcome)
        return outcome
    }
}

extension Rows {
    /// Where the rows of each of so many places begin, and where the last ones end. Each row names its place, counted from 1,
    /// and the rows come by place; nil where that is not so.
    fileprivate borrowing func firstRows(ofPlaces count: Int) -> [Int]? {
        var firstRows: [Int] = []
        firstRows.reserveCapacity(count + 1)
        for row in 0..<rowCount {
            guard let place = number(inRow: row), place >= max(1, firstRows.count), place <= count else {
                return nil
            }
            while firstRows.count < place { firstRows.append(row) }
        }
        while firstRows.count <= count { firstRows.append(rowCount) }
        return firstRows
    }
}
