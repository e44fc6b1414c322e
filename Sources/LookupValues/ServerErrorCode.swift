// Errors of PostgreSQL by their SQLSTATE, as far as more than one target has to know them: appendix A of its manual.

package enum ServerErrorCode {
    /// too_many_connections: of the server, the database or the role. A server says so after it has let the user in.
    package static let tooManyConnections = "53300"
}
