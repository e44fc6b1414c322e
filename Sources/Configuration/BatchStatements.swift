// The values of batch_statements.

/// Whether keys of one table that are asked for together go in one array statement.
package enum BatchStatements: String, CaseIterable, Sendable {
    /// If there are enough keys for it to be quicker.
    case auto
    /// Even for a single key, to see whether that makes a difference.
    case always
    case no

    /// As PoolLimits has it: the fewest keys of an array statement; nil if there are none.
    package var smallestArray: Int? {
        switch self {
        // An array statement costs more than a query for one key: fewer keys do not make up for that.
        case .auto: 8
        case .always: 1
        case .no: nil
        }
    }
}
