// What a worker serves: a configuration cut to its share, and the bounds that follow from it.

package import Configuration
internal import Databases
internal import LookupPool

/// A configuration cut to one worker's share.
package struct WorkerConfiguration: Sendable {
    let daemon: DaemonConfiguration
    var sockets: [ServedSocket]
    /// This worker's part of `pool_size`.
    let connections: Int
    let clients: Int
    /// What is kept of the tables' answers.
    let cache: CachePlan

    package init(
        daemon: DaemonConfiguration, sockets: [ServedSocket], connections: Int, clients: Int,
        cache: CachePlan = CachePlan()
    ) {
        self.daemon = daemon
        self.sockets = sockets
        self.connections = connections
        self.clients = clients
        self.cache = cache
    }

    func limits(of plan: PoolPlan) -> PoolLimits {
        let settings = daemon.settings
        return PoolLimits(
            connections: connections, pipelineDepth: settings.pipelineDepth,
            waiting: max(1, settings.maxWaiting / settings.workers),
            lookupTimeout: Int64(settings.lookupTimeout) * 1_000_000_000,
            // libpq counts connect_timeout for each address of a host, and 2 seconds at least.
            connectTimeout: Int64(max(2, settings.connectTimeout)) * 4_000_000_000,
            // The server itself ends a query after `queryTimeout`; a server that does not even do that is lost.
            silenceTimeout: terms.queryTimeout / 5 * 6,
            retryInterval: Int64(plan.retryInterval) * 1_000_000_000,
            idleInterval: plan.idleInterval.map { Int64($0) * 1_000_000_000 },
            checkInterval: terms.fitnessQuery == nil ? nil : Self.checkInterval,
            smallestArray: settings.batchStatements.smallestArray, freshness: ConnectionTerms.freshness,
            connectionLifetime: settings.connectionLifetime == 0
                ? nil : Int64(settings.connectionLifetime) * 1_000_000_000,
            grace: min(Self.longestGrace, Int64(settings.lookupTimeout) * 500_000_000))
    }

    /// How long lookups wait at most for a database that was there a moment ago, in nanoseconds, or half of lookup_timeout
    /// if that is less: a restart takes a few seconds.
    private static let longestGrace: Int64 = 5_000_000_000

    /// How often a connection is asked how far its server lags behind, in nanoseconds.
    private static let checkInterval: Int64 = 1_000_000_000

    /// The settings that connections must keep.
    var terms: ConnectionTerms { ConnectionTerms(daemon.settings) }
}
