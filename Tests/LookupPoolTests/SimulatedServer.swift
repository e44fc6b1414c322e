// A model of PostgreSQL and its hosts: what is sent to it comes back in order, some of it as a failure.

import LookupPool
import LookupValues

/// What a table's query is like.
enum TableNature {
    case plain
    /// Parameters can't stand for its literals.
    case literalOnly
    /// Its preparation fails at times.
    case fickle
}

/// A host as it is at the moment.
struct SimulatedHost {
    enum Condition {
        case up
        case refusing
        /// Says nothing to those who connect.
        case silent
        /// Takes connections and drops them before it has said anything.
        case dropping
        /// Says nothing to anybody, in the middle of anything.
        case frozen
    }

    var condition = Condition.up
    /// How many connections it takes.
    var capacity = Int.max
    /// When its condition changes; nil: never.
    var changesAt: Instant?
}

/// The database and its faults; one in so many statements, 0 is never.
struct SimulatedDatabase {
    /// What every query returns: grows with each change of the data.
    var version = 0
    var natures: [TableNature]
    /// Keys below this fail, whatever the form of the query.
    var poisonedKeys = 0
    var oneInCancelled = 0
    /// Failures of a fickle table's preparation, and of a query with parameters that a literal gets around.
    var oneInRefused = 0
    /// A pooler is between, which forgets statements.
    var oneInForgotten = 0
}

/// The server's end of one connection.
struct SimulatedSession {
    struct Query: Equatable {
        let id: QueryID
        let table: Int
        let key: Int
        let form: QueryForm
        /// The simulation's step in which it was sent.
        let sentAt: Int
    }

    enum Statement: Equatable {
        case query(Query)
        /// Several queries of a table in one statement.
        case batch([Query])
        case preparation(table: Int)
        case survey(table: Int)
        case batchPreparation(table: Int)
        case check
        case sync
    }

    enum Result: Equatable {
        /// Of a survey.
        case types(isPossible: Bool)
        case row(version: Int)
        case failed(StatementFailure)
        case aborted
        /// A batch is over.
        case synced
    }

    private var received: [Statement] = []
    private(set) var results: [(of: Statement, Result)] = []
    /// What has been executed and not been sent yet: PostgreSQL waits for the Sync, or for its buffer to be full.
    private var unsent: [(of: Statement, Result)] = []
    private var isAborting = false
    private var prepared: Set<Int> = []
    private var stale: Set<Int> = []
    private var batchPrepared: Set<Int> = []
    private var batchStale: Set<Int> = []
    /// A broken rule of the protocol, for the simulation to report.
    private(set) var violation: String?

    var isBusy: Bool { !received.isEmpty || !results.isEmpty || !unsent.isEmpty }

    mutating func receive(_ statement: Statement) {
        received.append(statement)
    }

    /// The schema has changed under the prepared statements.
    mutating func noteMigration() {
        stale.formUnion(prepared)
        batchStale.formUnion(batchPrepared)
    }

    mutating func takeResult() -> (of: Statement, Result)? {
        results.isEmpty ? nil : results.removeFirst()
    }

    /// Executes up to `count` statements of those whose batch is closed by a Sync, or is being closed.
    mutating func execute(
        _ count: Int, _ database: SimulatedDatabase, using random: inout SeededGenerator
    ) {
        for _ in 0..<count {
            guard !received.isEmpty else { return }
            let statement = received.removeFirst()
            switch statement {
            case .sync:
                isAborting = false
                unsent.append((statement, .synced))
                send()
            case .query, .batch, .preparation, .survey, .batchPreparation, .check:
                let result = isAborting ? .aborted : result(of: statement, database, using: &random)
                if case .failed = result { isAborting = true }
                unsent.append((statement, result))
                if random.once(in: 40) { send() }
            }
        }
    }

    private mutating func send() {
        results += unsent
        unsent = []
    }

    private mutating func result(
        of statement: Statement, _ database: SimulatedDatabase, using random: inout SeededGenerator
    ) -> Result {
        func fails(_ one: Int) -> Bool { one > 0 && random.once(in: one) }
        switch statement {
        case .sync:
            preconditionFailure("a Sync is no statement")
        case .check:
            return .row(version: database.version)
        case .survey(let table):
            if !prepared.contains(table) { violation = "a survey of a statement that was never prepared" }
            if fails(database.oneInForgotten) { return .failed(.statementMissing) }
            return .types(isPossible: !random.once(in: 4))
        case .batchPreparation(let table):
            if fails(database.oneInForgotten) { return .failed(.other) }
            batchPrepared.insert(table)
            batchStale.remove(table)
            return .row(version: database.version)
        case .batch(let queries):
            let table = queries[0].table
            if !batchPrepared.contains(table) { violation = "a batch by a statement that was never prepared" }
            if queries.contains(where: { $0.table != table }) { violation = "two tables in one statement" }
            if queries.contains(where: { $0.key < database.poisonedKeys }) { return .failed(.other) }
            if fails(database.oneInCancelled) { return .failed(.cancelled) }
            if batchStale.contains(table) { return .failed(.parametersImpossible) }
            if fails(database.oneInForgotten) { return .failed(.statementMissing) }
            return .row(version: database.version)
        case .preparation(let table):
            if database.natures[table] == .literalOnly { return .failed(.parametersImpossible) }
            if database.natures[table] == .fickle && fails(database.oneInRefused) { return .failed(.other) }
            if fails(database.oneInForgotten) { return .failed(.statementMissing) }
            prepared.insert(table)
            stale.remove(table)
            return .row(version: database.version)
        case .query(let query):
            if fails(database.oneInCancelled) { return .failed(.cancelled) }
            if query.key < database.poisonedKeys { return .failed(.other) }
            if query.form != .literal && database.natures[query.table] == .literalOnly {
                violation = "a query with parameters for a table that can't have any"
            }
            if query.form == .prepared {
                if !prepared.contains(query.table) { violation = "a statement that was never prepared" }
                if stale.contains(query.table) { return .failed(.parametersImpossible) }
                if fails(database.oneInForgotten) { return .failed(.statementMissing) }
            }
            if query.form != .literal && fails(database.oneInRefused) { return .failed(.other) }
            return .row(version: database.version)
        }
    }
}
