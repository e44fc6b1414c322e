// How a session is made as new, so that nothing of one table's lookups reaches another's.

/// One statement of a reset, which all go out together: what DISCARD ALL does, but for the prepared statements.
package enum ResetStep: CaseIterable, Equatable, Sendable {
    /// Asks whether the session holds temporary tables. `ServerResult.temporaryTables` says so.
    case question
    /// CLOSE ALL: cursors WITH HOLD.
    case cursors
    /// RESET SESSION AUTHORIZATION, which makes the role none.
    case authorization
    /// RESET ROLE: the role that the login's settings name, if any.
    case role
    /// RESET ALL.
    case settings
    /// What was set when the connection was made, which RESET ALL has taken away.
    case terms
    /// DISCARD TEMP.
    case temporary
    /// DISCARD SEQUENCES: what currval() and lastval() would give.
    case sequences
    /// UNLISTEN *.
    case notifications
    /// pg_advisory_unlock_all().
    case locks
}
