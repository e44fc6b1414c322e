// What a server's error says about the statement that it is for.

package enum StatementFailure: Equatable, Sendable {
    /// The server does not know the prepared statement, or knows another one by its name.
    case statementMissing
    /// The statement was stopped from outside: trying again would take as long again.
    case cancelled
    /// A parameter stands where only a literal can, or where no type can be inferred for it.
    case parametersImpossible
    case other

    /// - Parameter sqlState: five characters of PostgreSQL's manual, appendix A; empty where the server gave none.
    package init(sqlState: String) {
        switch sqlState {
        case "26000", "42P05":
            self = .statementMissing
        case "57014":
            self = .cancelled
        // What is missing or forbidden stays so with literals: table, column, privilege, schema.
        case "42P01", "42703", "42501", "3F000":
            self = .other
        case let state where ["42", "22", "0A"].contains(state.prefix(2)):
            self = .parametersImpossible
        default:
            self = .other
        }
    }
}
