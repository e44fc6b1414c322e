// What comparisons ask of a PostgreSQL of their own.

import ThrowawayServers

extension ThrowawayCluster {
    /// As `15.8`.
    func version() throws -> String {
        let version = try psql("postgres", "SHOW server_version")
        return version.split(separator: " ").first.map(String.init) ?? version
    }

    /// The processor time of all its processes, past and present, in seconds.
    func processorSeconds() throws -> Double { ProcessUsage.processorSeconds(ofTree: try processID()) }

    /// How many connections a role has to a database.
    func connectionCount(role: String, database: String) throws -> Int {
        let title = "postgres: \(role) \(database) "
        return ProcessUsage.children(of: try processID()).count {
            ProcessUsage.title(of: $0).hasPrefix(title)
        }
    }
}
