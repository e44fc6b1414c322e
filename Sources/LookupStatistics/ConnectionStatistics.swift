// A connection to PostgreSQL as it is now, with the facts that a DBA knows it by.

package struct ConnectionStatistics: Equatable, Sendable, Codable {
    package enum State: String, Sendable, Codable {
        case connecting
        /// As in pg_stat_activity: whether the server owes results.
        case idle
        case active
        /// The server has been at one statement for too long.
        case stalled
        /// It is closed when all that it was asked is answered.
        case retiring
    }

    /// As in pg_stat_activity; 0 until it is connected. A pooler sends a number of its own.
    package let pid: Int
    /// As in the table's `hosts`, without a password.
    package let host: String
    package let state: State
    /// Since it was connected, or the attempt began.
    package let ageSeconds: Double
    /// Statements that are sent and unanswered.
    package let inFlight: Int

    package init(pid: Int, host: String, state: State, ageSeconds: Double, inFlight: Int) {
        self.pid = pid
        self.host = host
        self.state = state
        self.ageSeconds = ageSeconds
        self.inFlight = inFlight
    }

    private enum CodingKeys: String, CodingKey {
        case pid, host, state
        case ageSeconds = "age_seconds"
        case inFlight = "in_flight"
    }
}
