// A connection to PostgreSQL as it is now, for those who look at it from the other end.

package struct ConnectionStatistics: Equatable, Sendable, Codable {
    package enum State: String, Sendable, Codable {
        case connecting
        /// As in pg_stat_activity: whether the server owes results.
        case idle
        case active
        /// The server is at one thing for too long.
        case stalled
        /// It is closed when what it was asked is answered.
        case retiring
    }

    /// As in pg_stat_activity; 0 until it is connected. A pooler names one of its own.
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
