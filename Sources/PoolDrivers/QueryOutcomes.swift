// What the rows of a result say in answer to queries.

internal import Databases
internal import LookupPool
internal import LookupTables
internal import LookupValues
internal import PostgreSQL

/// The outcomes of the queries of one statement, by place. Each is made when it is asked for: only one is in memory then,
/// and the allocator finds room for it at once.
struct QueryOutcomes: ~Copyable {
    private let rows: Rows
    /// The first row of each place, and the end of the last place's rows.
    private let firstRows: [Int]
    private let firstColumn: Int
    /// The keys by place; empty if the builder has the only one, or the result's format uses none.
    private let keys: [[UInt8]]
    private var builder: ResultBuilder
    /// The latest outcome and its place: the lookups that share a query ask for it one after the other.
    private var latest: (place: Int, outcome: LookupOutcome)?

    /// The outcome of one query.
    ///
    /// - Parameter tables: the tables of the pool.
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

    /// The outcomes of the queries of an array statement; nil if the rows make no sense.
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
        // Released first, so that its memory serves the next one.
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
    /// The first row of each of `count` places, and the end of the last place's rows. Each row names its place, counted
    /// from 1, and the rows come in the order of places; nil if this is not so.
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
