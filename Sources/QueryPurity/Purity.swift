// Whether lookups of a table may share transactions and statements.

/// Whether a query keeps nothing: asking it leaves nothing in a transaction, a session or the database that another
/// statement could see, and it answers the same in one array statement.
package enum Purity: Equatable, Sendable {
    /// It is known to keep nothing.
    case pure
    /// It may keep something, or that can't be told.
    ///
    /// - Parameter reason: in words, on one line, such as `mail.f() may keep something`.
    case impure(reason: String)
}
