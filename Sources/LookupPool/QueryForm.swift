// How a query is sent.

/// How a query is put to the server.
package enum QueryForm: Equatable, BitwiseCopyable, Sendable {
    /// As the table's prepared statement, with parameters.
    case prepared
    /// As an unnamed statement with parameters: if prepared ones don't last, as behind some poolers.
    case unnamed
    /// As an unnamed statement with the key in escaped literals, just as Postfix would.
    case literal
}
