// How a session is reset, so that nothing that one table's lookups leave reaches another table's.

/// One statement of a reset. All of them go out together, and do what DISCARD ALL does, except that prepared
/// statements stay.
package enum ResetStep: CaseIterable, Equatable, Sendable {
    /// Asks whether the session holds temporary tables. `ServerResult.temporaryTables` says so.
    case question
    /// CLOSE ALL: cursors WITH HOLD.
    case cursors
    /// RESET SESSION AUTHORIZATION, which also sets the role to none.
    case authorization
    /// RESET ROLE: the role that the login's settings name, if any.
    case role
    /// RESET ALL.
    case settings
    /// Sets again what was set when the connection was made, which RESET ALL has undone.
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
