// The purity of a query as found out at a server, and what the finding depends on.

/// The purity of a query as found out at a server.
package struct PurityFinding: Equatable, Sendable {
    package let purity: Purity
    /// False if something was in the way that may be gone later, such as a lock: then asking again may tell more, though
    /// nothing has changed.
    package let isSettled: Bool
    /// The rows and names that the finding depends on.
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

/// The query of the look for all tables of a target: see `SchemaWatch.query`.
package func lookSQL(for findings: [PurityFinding]) -> String {
    SchemaWatch(joining: findings.map(\.watch)).query
}
