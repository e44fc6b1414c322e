// What bounds a pool, and what it knows of its target's hosts and tables: numbers only.

/// Every bound of a pool. Times are nanoseconds.
package struct PoolLimits: Equatable, Sendable {
    /// Connections, over all hosts.
    package var connections: Int
    /// Statements in flight on one connection.
    package var pipelineDepth: Int
    /// Lookups that wait for a connection; one more fails at once.
    package var waiting: Int
    /// From a lookup's arrival to its answer, however often it is sent.
    package var lookupTimeout: Int64
    /// How long one attempt to connect may take.
    package var connectTimeout: Int64
    /// The longest back-off of a host that fails.
    package var retryInterval: Int64
    /// How long the connections stay without any lookup; nil: for ever.
    package var idleInterval: Int64?

    package init(
        connections: Int, pipelineDepth: Int, waiting: Int, lookupTimeout: Int64, connectTimeout: Int64,
        retryInterval: Int64, idleInterval: Int64? = nil
    ) {
        self.connections = connections
        self.pipelineDepth = pipelineDepth
        self.waiting = waiting
        self.lookupTimeout = lookupTimeout
        self.connectTimeout = connectTimeout
        self.retryInterval = retryInterval
        self.idleInterval = idleInterval
    }

    /// How much longer than `connectTimeout` the pool waits for the shell to say that it has failed to connect: it
    /// may be stuck in a call that can't be interrupted.
    static let connectGrace: Int64 = 1_000_000_000
    /// How much longer than a lookup waits a connection may be silent that owes results.
    static let silenceGrace: Int64 = 1_000_000_000
    /// The back-off after a host's first failure; each further one doubles it.
    static let firstBackOff: Int64 = 100_000_000
    /// How often a lookup is sent in all if its connection is lost under it each time. Were it without end, a query that
    /// crashes its server process would do so again and again.
    static let attempts = 5
    /// How many lookups of a table get a batch of their own after one of them has failed.
    static let isolatedLookups = 32
    /// How long a table whose statement can't be prepared fails its lookups at once before it is tried again.
    static let statementRetryInterval: Int64 = 1_000_000_000
    /// How often a statement is prepared anew on one connection before the table goes on without a prepared one.
    static let stalePreparations = 3
}
