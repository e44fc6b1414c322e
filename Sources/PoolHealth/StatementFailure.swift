// What a server's error says about the statement that it is for.

/// An error that the server reported for a statement.
package struct StatementFailure: Equatable, BitwiseCopyable, Sendable {
    package enum Kind: Equatable, BitwiseCopyable, Sendable {
        /// The server does not know the prepared statement, or knows another one by its name.
        case statementMissing
        /// A parameter stands where only a literal can, or where no type can be inferred for it; or the prepared statement is
        /// stale.
        case parametersImpossible
        /// An error that has nothing to do with parameters.
        case other
    }

    package let kind: Kind
    package let state: SQLState

    /// Whether the key is to blame, so that no other host is asked.
    package var isOfKey: Bool { state.isDataException }

    /// lock_not_available, query_canceled: the server may have given up only because it took too long.
    package var isLate: Bool { state == SQLState("55P03") || state == SQLState("57014") }

    /// internal_error: for a prepared statement it may mean that a type or an operator that it refers to is
    /// gone.
    package var isInternal: Bool { state == SQLState("XX000") }

    /// - Parameter sqlState: empty if the server gave none.
    package init(sqlState: String) {
        state = SQLState(sqlState)
        kind =
            switch sqlState {
            case "26000", "42P05":
                .statementMissing
            // What is missing or forbidden stays so with literals: table, column, privilege, schema.
            case "42P01", "42703", "42501", "3F000":
                .other
            case let state where ["42", "22", "0A"].contains(state.prefix(2)):
                .parametersImpossible
            default:
                .other
            }
    }
}
