// The terms of connections: their names, limits and freshness.

package import Configuration

/// What a connection is made with, and the limits that it has to keep.
package struct ConnectionTerms: Equatable, Sendable {
    /// What the server is told to call it.
    package let applicationName: String
    /// Seconds for each address of a host.
    package let connectTimeout: Int
    /// How long the server may take for one query, in nanoseconds.
    package let queryTimeout: Int64
    /// How many seconds a standby's data may be old; 0: any number.
    let maximumReplicaLag: Int
    /// Whether standbys are to be told from primaries.
    let tellsStandbys: Bool

    /// How soon a change in a database is seen on connections that answer lookups, in nanoseconds: see `PoolLimits`.
    package static let freshness: Int64 = 1_000_000_000

    package init(
        applicationName: String, connectTimeout: Int, queryTimeout: Int64, maximumReplicaLag: Int,
        tellsStandbys: Bool = false
    ) {
        self.applicationName = applicationName
        self.connectTimeout = connectTimeout
        self.queryTimeout = queryTimeout
        self.maximumReplicaLag = maximumReplicaLag
        self.tellsStandbys = tellsStandbys
    }

    /// SQL for how many seconds a server's data are old, NULL where that is unknown.
    ///
    /// A standby does not lag if it is connected to its primary and has applied all that it has received.
    /// Otherwise, it lags by the age of the last transaction that it has applied.
    package static let replicaLag = """
        CASE
            WHEN NOT pg_catalog.pg_is_in_recovery() THEN 0
            WHEN pg_catalog.pg_last_wal_receive_lsn() <= pg_catalog.pg_last_wal_replay_lsn()
                AND EXISTS (SELECT FROM pg_catalog.pg_stat_wal_receiver WHERE pid IS NOT NULL) THEN 0
            ELSE extract(epoch FROM pg_catalog.clock_timestamp()
                - pg_catalog.pg_last_xact_replay_timestamp())
        END
        """

    /// Asks for the reason why a server's data are too old, NULL if they aren't; nil if their age doesn't
    /// matter.
    package var fitnessQuery: String? {
        guard maximumReplicaLag > 0 else { return nil }
        return """
            SELECT 'the standby lags by ' || coalesce(pg_catalog.round(lag)::text || 's', 'an unknown time')
                || ', more than max_replica_lag = \(maximumReplicaLag)s'
            FROM (SELECT \(Self.replicaLag) AS lag) AS age
            WHERE lag > \(maximumReplicaLag) IS NOT FALSE
            """
    }

    /// SQL that makes a session's settings: the limits, and the value that standard_conforming_strings has
    /// when the connection is made. If that changed with the server's configuration, the server would read
    /// the next statement by it before this process could know.
    ///
    /// - Parameter checksConnection: whether the server is to check, too, that its client is still there:
    ///   PostgreSQL can do so since version 14, and not on every system.
    func sessionSettings(hasStandardStrings: Bool, checksConnection: Bool) -> String {
        var limits = [(name: "statement_timeout", milliseconds: max(1, queryTimeout / 1_000_000))]
        if checksConnection { limits.append((name: "client_connection_check_interval", milliseconds: 1_000)) }
        return Self.limitsQuery(limits) + """

            UNION ALL SELECT pg_catalog.set_config(
                'standard_conforming_strings', '\(hasStandardStrings ? "on" : "off")', false)
            """
    }

    /// Has the server itself give up queries that take too long, and those whose client has gone.
    ///
    /// - Parameters:
    ///   - settings: those to make; a setting that is stricter already stays.
    ///   - isLocal: whether they end with the transaction, as by SET LOCAL. Otherwise, a setting that was stricter when the
    ///     session began stays, whatever this transaction has.
    static func limitsQuery(
        _ settings: [(name: String, milliseconds: Int64)], isLocal: Bool = false
    ) -> String {
        let present = isLocal ? "setting" : "reset_val"
        let values = settings.map { "('\($0.name)', \($0.milliseconds))" }.joined(separator: ", ")
        return """
            SELECT pg_catalog.set_config(s.name, given.value::text, \(isLocal))
            FROM (VALUES \(values)) AS given (name, value)
            JOIN pg_catalog.pg_settings AS s ON s.name = given.name AND s.\(present)::bigint NOT BETWEEN 1 AND given.value
            """
    }
}

extension ConnectionTerms {
    package init(_ settings: DaemonSettings) {
        // A server that hangs must leave a lookup the time to be answered by another one.
        let queryTimeout = min(
            Int64(settings.queryTimeout) * 1_000_000_000, Int64(settings.lookupTimeout) * 500_000_000)
        self.init(
            applicationName: settings.applicationName, connectTimeout: settings.connectTimeout,
            queryTimeout: queryTimeout, maximumReplicaLag: settings.maxReplicaLag,
            tellsStandbys: settings.confirmsNotFound)
    }
}
