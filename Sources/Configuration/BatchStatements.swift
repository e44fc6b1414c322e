// The values of batch_statements.

/// Whether queries of a table that go out together are one statement.
package enum BatchStatements: String, CaseIterable, Sendable {
    /// Where there are enough for it to be quicker.
    case auto
    /// Even where there is one only, to see whether that makes a difference.
    case always
    case no

    /// As PoolLimits has it.
    package var smallestArray: Int? {
        switch self {
        // A statement for many costs more than a single one: fewer keys do not make up for that.
        case .auto: 8
        case .always: 1
        case .no: nil
        }
    }
}
