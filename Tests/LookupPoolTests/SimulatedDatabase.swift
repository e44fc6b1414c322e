// A model of PostgreSQL's hosts and databases: what they are like, and what is wrong with them.

import LookupPool
import LookupValues
import PoolHealth

/// What a table's query is like.
enum TableNature {
    case plain
    /// Parameters can't stand for its literals.
    case literalOnly
    /// Its preparation fails at times.
    case fickle
    /// It leaves something in the session and in the transaction, where others would see it.
    case keeping
    /// So does this one, in temporary tables.
    case makingTables

    /// Whether its queries keep nothing.
    var isPure: Bool {
        switch self {
        case .plain, .literalOnly, .fickle: true
        case .keeping, .makingTables: false
        }
    }
}

/// What a query's answer depends on besides rows, as numbers that grow.
struct SimulatedMeaning: Equatable {
    /// What names mean when a statement is parsed.
    var schema = 0
    /// The settings that a new session gets.
    var settings = 0
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
    /// Tables whose queries fail here, whatever the key.
    var erringTables: Set<Int> = []
}

/// The database and its faults; one in so many statements, 0 is never.
struct SimulatedDatabase {
    /// What every query returns: grows with each change of the data.
    var version = 0
    var meaning = SimulatedMeaning()
    var natures: [TableNature]
    /// Keys below this fail, whatever the form of the query.
    var poisonedKeys = 0
    var oneInCancelled = 0
    /// Of transactions that keep something.
    var oneInUncommitted = 0
    /// Failures of a fickle table's preparation, and of a query with parameters that a literal gets around.
    var oneInRefused = 0
    /// A pooler is between, which forgets statements.
    var oneInForgotten = 0
}
