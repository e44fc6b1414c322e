// A model of PostgreSQL and its hosts: what is sent to it comes back in order, some of it as a failure.

import LookupPool
import LookupValues
import PoolHealth

/// The server's end of one connection.
struct SimulatedSession {
    struct Query: Equatable {
        let id: QueryID
        let table: Int
        let key: Int
        let form: QueryForm
        /// The simulation's step in which it was sent.
        let sentAt: Int
        /// Whether its table was known to keep nothing then.
        let wasPure: Bool
    }

    enum Statement: Equatable {
        case query(Query)
        /// Several queries of a table in one statement.
        case array([Query])
        case preparation(table: Int)
        case survey(table: Int)
        case arrayPreparation(table: Int)
        case check
        case look
        case reset(ResetStep)
        case release(table: Int, isArray: Bool)
        case sync
    }

    enum Result: Equatable {
        /// Of a survey.
        case types(isPossible: Bool)
        case row(version: Int, SimulatedMeaning)
        /// Of a reset's question.
        case temporaryTables
        case failed(StatementFailure)
        case aborted
        /// The transaction can't be committed; the batch's end follows.
        case uncommitted
        /// A batch is over.
        case synced
    }

    static let poison = StatementFailure(sqlState: "22000")
    static let cancelled = StatementFailure(sqlState: "57014")
    static let missing = StatementFailure(sqlState: "26000")
    static let stale = StatementFailure(sqlState: "0A000")
    static let refusal = StatementFailure(sqlState: "P0002")
    /// Of a table that fails at a host.
    static let erring = StatementFailure(sqlState: "P0001")

    private var received: [Statement] = []
    private(set) var results: [(of: Statement, Result)] = []
    /// What has been executed and not been sent yet: PostgreSQL waits for the Sync, or for its buffer to be full.
    private var unsent: [(of: Statement, Result)] = []
    private var isAborting = false
    /// What the names in each prepared statement meant when it was prepared.
    private var prepared: [Int: Int] = [:]
    /// Of which tables a statement has been prepared, or failed to be.
    private var attempted: Set<Int> = []
    private var stale: Set<Int> = []
    private var arrayPrepared: [Int: Int] = [:]
    private var arrayStale: Set<Int> = []
    /// How many statements of each table the server holds; of those for many keys by the complement of the table's number.
    private var kept: [Int: Int] = [:]
    /// What the session was made with.
    var settings = 0
    /// Whether a pooler is between, which looks after the sessions itself.
    var isPooled = false
    /// Whose table's lookups have left something in it, and how far that is taken away again.
    private var traces: Int?
    private var hasTemporaryTables = false
    private var resetSteps: [ResetStep] = []
    /// What the transaction has executed: how many queries, and whether any keeps something.
    private var executed = 0
    private var keeps = false
    /// A broken rule of the protocol, for the simulation to report.
    private(set) var violation: String?

    var isBusy: Bool { !received.isEmpty || !results.isEmpty || !unsent.isEmpty }

    mutating func receive(_ statement: Statement) {
        received.append(statement)
    }

    /// The schema has changed under the prepared statements.
    mutating func noteMigration() {
        stale.formUnion(prepared.keys)
        arrayStale.formUnion(arrayPrepared.keys)
    }

    mutating func takeResult() -> (of: Statement, Result)? {
        results.isEmpty ? nil : results.removeFirst()
    }

    /// Executes up to `count` statements of those whose batch is closed by a Sync, or is being closed.
    mutating func execute(
        _ count: Int, _ database: SimulatedDatabase, at host: SimulatedHost,
        using random: inout SplitMix64
    ) {
        for _ in 0..<count {
            guard !received.isEmpty else { return }
            let statement = received.removeFirst()
            switch statement {
            case .sync:
                if keeps && executed > 1 { violation = "a transaction with what keeps something and others" }
                if keeps && !isAborting && database.oneInUncommitted > 0
                    && random.once(in: database.oneInUncommitted)
                {
                    unsent.append((statement, .uncommitted))
                }
                executed = 0
                keeps = false
                isAborting = false
                unsent.append((statement, .synced))
                send()
            case .query, .array, .preparation, .survey, .arrayPreparation, .check, .look, .reset, .release:
                note(statement, database)
                let result = isAborting ? .aborted : result(of: statement, database, host, using: &random)
                if case .failed = result { isAborting = true }
                unsent.append((statement, result))
                if random.once(in: 40) { send() }
            }
        }
    }

    /// Notes one more statement of a table, or one for many keys, which is never forgotten by itself.
    private mutating func keep(_ table: Int) {
        kept[table, default: 0] += 1
        // One is let go of when the next one is there.
        if kept[table]! > 2 && !isPooled { violation = "\(kept[table]!) statements of a table" }
    }

    private mutating func send() {
        results += unsent
        unsent = []
    }

    /// Notes what a statement does to the session and the transaction, and whether it meets another table's traces there.
    private mutating func note(_ statement: Statement, _ database: SimulatedDatabase) {
        func meet(_ table: Int?) {
            if let traces, traces != table, !isPooled {
                violation = "a session with the traces of table \(traces)"
            }
        }
        switch statement {
        case .query(let query):
            meet(query.table)
            executed += 1
            guard !database.natures[query.table].isPure else { return }
            keeps = true
            traces = query.table
            if database.natures[query.table] == .makingTables { hasTemporaryTables = true }
        case .array(let queries):
            meet(queries[0].table)
            executed += queries.count
            if !database.natures[queries[0].table].isPure { violation = "an array of what keeps something" }
        case .preparation(let table), .survey(let table), .arrayPreparation(let table):
            meet(table)
            executed += 1
        case .check, .release: break
        case .look:
            meet(nil)
            executed += 1
        case .reset(let step):
            if step == ResetStep.allCases[0] { resetSteps = [] }
            resetSteps.append(step)
            if resetSteps == ResetStep.allCases { traces = nil }
        case .sync:
            break
        }
    }

    private mutating func result(
        of statement: Statement, _ database: SimulatedDatabase, _ host: SimulatedHost,
        using random: inout SplitMix64
    ) -> Result {
        func fails(_ one: Int) -> Bool { one > 0 && random.once(in: one) }
        func row(_ schema: Int) -> Result {
            .row(version: database.version, SimulatedMeaning(schema: schema, settings: settings))
        }
        let now = database.meaning.schema
        switch statement {
        case .sync:
            preconditionFailure("a Sync is no statement")
        case .release(let table, let isArray):
            kept[isArray ? ~table : table, default: 0] -= 1
            return row(now)
        case .check, .look:
            return row(now)
        case .reset(let step):
            if step == .temporary { hasTemporaryTables = false }
            return step == .question && hasTemporaryTables ? .temporaryTables : row(now)
        case .survey(let table):
            if !attempted.contains(table) { violation = "a survey of a statement that was never prepared" }
            if prepared[table] == nil { return .failed(Self.missing) }
            if fails(database.oneInForgotten) { return .failed(Self.missing) }
            return .types(isPossible: !random.once(in: 4))
        case .arrayPreparation(let table):
            if fails(database.oneInForgotten) { return .failed(Self.refusal) }
            // What the server was asked of it counts from when the table's own statement was prepared.
            guard let schema = prepared[table] else { return .failed(Self.missing) }
            arrayPrepared[table] = schema
            keep(~table)
            arrayStale.remove(table)
            return row(now)
        case .array(let queries):
            let table = queries[0].table
            if arrayPrepared[table] == nil { violation = "an array by a statement that was never prepared" }
            if queries.contains(where: { $0.table != table }) { violation = "two tables in one statement" }
            if host.erringTables.contains(table) { return .failed(Self.erring) }
            if queries.contains(where: { $0.key < database.poisonedKeys }) { return .failed(Self.poison) }
            if fails(database.oneInCancelled) { return .failed(Self.cancelled) }
            if arrayStale.contains(table) { return .failed(Self.stale) }
            if fails(database.oneInForgotten) { return .failed(Self.missing) }
            return row(arrayPrepared[table] ?? now)
        case .preparation(let table):
            // It is under a name of its own: what was prepared before is not what comes next names.
            prepared[table] = nil
            attempted.insert(table)
            if database.natures[table] == .literalOnly { return .failed(StatementFailure(sqlState: "42P18")) }
            if database.natures[table] == .fickle && fails(database.oneInRefused) {
                return .failed(Self.refusal)
            }
            if fails(database.oneInForgotten) { return .failed(Self.missing) }
            prepared[table] = now
            keep(table)
            stale.remove(table)
            return row(now)
        case .query(let query):
            if host.erringTables.contains(query.table) { return .failed(Self.erring) }
            if fails(database.oneInCancelled) { return .failed(Self.cancelled) }
            if query.key < database.poisonedKeys { return .failed(Self.poison) }
            if query.form != .literal && database.natures[query.table] == .literalOnly {
                violation = "a query with parameters for a table that can't have any"
            }
            if query.form == .prepared {
                // One whose preparation has failed may have been sent with it.
                guard let schema = prepared[query.table] else { return .failed(Self.missing) }
                if stale.contains(query.table) { return .failed(Self.stale) }
                if fails(database.oneInForgotten) { return .failed(Self.missing) }
                return query.form != .literal && fails(database.oneInRefused)
                    ? .failed(Self.stale) : row(schema)
            }
            if query.form != .literal && fails(database.oneInRefused) { return .failed(Self.stale) }
            return row(now)
        }
    }
}
