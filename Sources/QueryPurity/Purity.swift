// Whether lookups of a table may share transactions and statements.

/// Whether a query keeps nothing: asking it leaves nothing in a transaction, a session or the database that another
/// statement could see, and it answers the same in one statement for many keys.
package enum Purity: Equatable, Sendable {
    /// It is known to.
    case pure
    /// It may keep something, or that can't be told.
    ///
    /// - Parameter reason: for people, on a line, such as `mail.f() may keep something`.
    case impure(reason: String)
}

/// What has been found out about a query at a server.
package struct PurityFinding: Equatable, Sendable {
    package let purity: Purity
    /// False where something was in the way that may be gone later, such as a lock: then asking again may tell, though
    /// nothing has changed.
    package let isSettled: Bool
    /// What the finding depends on.
    package let watch: SchemaWatch

    package init(purity: Purity, isSettled: Bool = true, watch: SchemaWatch) {
        self.purity = purity
        self.isSettled = isSettled
        self.watch = watch
    }

    /// - Parameter reason: why it can't be told.
    package static func untold(_ reason: String, isSettled: Bool = true, watch: SchemaWatch) -> PurityFinding
    {
        PurityFinding(
            purity: .impure(reason: "it could not be told: " + String(reason.prefix(200))),
            isSettled: isSettled,
            watch: watch)
    }
}
