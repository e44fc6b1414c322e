// The SQL for each step of a session's reset.

internal import Configuration
internal import LookupPool

extension ResetStep {
    /// One statement. No name in it may be looked up by a search_path that another client has left behind.
    ///
    /// - Parameter settings: SQL that sets what the session must keep to.
    func sql(settings: String) -> String {
        switch self {
        // A row comes back if there are temporary tables. Catalogues are read only if there ever were any.
        case .question:
            """
            SELECT 'temporary tables' WHERE pg_catalog.pg_my_temp_schema() OPERATOR(pg_catalog.<>) 0::pg_catalog.oid
                AND EXISTS (SELECT FROM pg_catalog.pg_class
                    WHERE relnamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema())
            """
        case .cursors: "CLOSE ALL"
        case .authorization: "RESET SESSION AUTHORIZATION"
        case .role: "RESET ROLE"
        case .settings: "RESET ALL"
        case .terms: settings
        case .temporary: "DISCARD TEMP"
        case .sequences: "DISCARD SEQUENCES"
        case .notifications: "UNLISTEN *"
        case .locks: "SELECT pg_catalog.pg_advisory_unlock_all()"
        }
    }
}
