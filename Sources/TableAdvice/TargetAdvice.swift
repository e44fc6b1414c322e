// Advice on a target: its hosts, its login, and its likeness to other targets.

package import LookupTables

/// Facts that a host has told of itself and of the login.
package struct HostFacts: Equatable, Sendable {
    package let isSuperuser: Bool
    package let isStandby: Bool
    /// The age of a standby's data, in seconds; nil if it is not known, or more than a hundred years. 0 on a primary.
    package let lag: Double?
    /// The connection is by TCP, and neither a password nor a certificate nor Kerberos was asked for. False behind a pooler,
    /// which then has logged in itself.
    package let isOpenToNetwork: Bool

    package init(isSuperuser: Bool, isStandby: Bool, lag: Double?, isOpenToNetwork: Bool) {
        self.isSuperuser = isSuperuser
        self.isStandby = isStandby
        // A server may send any text, such as NaN.
        self.lag = lag.flatMap { abs($0) <= Self.greatestLag ? $0 : nil }
        self.isOpenToNetwork = isOpenToNetwork
    }

    private static let greatestLag = 100.0 * 366 * 86_400

    /// Seconds of lag from which on there is a warning, if `max_replica_lag` is not set.
    package static let acceptedLag = 10

    /// - Parameters:
    ///   - host: its name in messages.
    ///   - maximumLag: `max_replica_lag`; 0 if it is not set.
    package func findings(host: String, maximumLag: Int) -> [Finding] {
        var findings: [Finding] = []
        if isSuperuser {
            findings.append(
                Finding(
                    .superuser, .warning,
                    "found that the login on host \(host) is a superuser; expected a role that can SELECT the "
                        + "tables' columns and nothing else"))
        }
        if isOpenToNetwork {
            findings.append(
                Finding(
                    .tcpWithoutPassword, .warning,
                    "found that host \(host) lets the login in by TCP without asking for a password or a certificate; "
                        + "expected scram-sha-256 or cert in its pg_hba.conf"))
        }
        let bound = maximumLag > 0 ? maximumLag : Self.acceptedLag
        if isStandby, lag.map({ $0 > Double(bound) }) ?? (maximumLag > 0) {
            let amount = lag.map { "by \(Int($0.rounded()))s" } ?? "by an unknown time"
            findings.append(
                Finding(
                    .replicaLag, .warning,
                    "found that the standby \(host) lags \(amount); expected "
                        + (maximumLag > 0 ? "max_replica_lag = \(maximumLag)s" : "\(bound)s") + " at most"))
        }
        return findings
    }
}

extension Finding {
    /// The finding if a worker has one connection for several tables: then a slow table can't be kept out of the way of the
    /// others.
    ///
    /// - Parameters:
    ///   - tables: of one database.
    ///   - connections: `pool_size`, over all workers.
    package static func oneConnection(tables: Int, connections: Int, workers: Int) -> Finding? {
        guard tables > 1, connections < 2 * workers else { return nil }
        return Finding(
            .oneConnection, .warning,
            "found one connection a worker for \(tables) tables, which all wait when a query of one of them takes long; "
                + "expected pool_size = \(2 * workers) at least")
    }
}

extension [DatabaseLogin] {
    /// The finding if two files have the same user and database at different hosts, and so do not share connections.
    ///
    /// - Parameters:
    ///   - other: the logins of an earlier file.
    ///   - file: that file.
    package func finding(besides other: [DatabaseLogin], of file: String) -> Finding? {
        for login in self {
            func hosts(_ logins: [DatabaseLogin]) -> [String] {
                var hosts: [String] = []
                for other in logins where other.sharesDatabase(with: login) && !hosts.contains(other.host) {
                    hosts.append(other.host)
                }
                return hosts
            }
            let (own, others) = (hosts(self), hosts(other))
            guard let database = login.database, !others.isEmpty, Set(own) != Set(others) else { continue }
            return Finding(
                // Without a host in common it may be another server.
                .differingHosts, Set(own).isDisjoint(with: others) ? .note : .warning,
                "found the hosts \(own.joined(separator: " ")) for the database \(database), and "
                    + "\(others.joined(separator: " ")) in \(file); expected the same ones if it is the same "
                    + "database, so that both files share their connections")
        }
        return nil
    }
}
