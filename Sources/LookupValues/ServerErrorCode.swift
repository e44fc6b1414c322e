// Errors of PostgreSQL by their SQLSTATE, as far as more than one target has to know them: appendix A of its manual.

package enum ServerErrorCode {
    /// too_many_connections: of the server, the database or the role. A server says so after it has let the user in.
    package static let tooManyConnections = "53300"
    /// A server that is not there to be asked: admin_shutdown, crash_shutdown, cannot_connect_now, and the one above.
    package static let ofAbsence: Set<String> = ["57P01", "57P02", "57P03", tooManyConnections]
}
