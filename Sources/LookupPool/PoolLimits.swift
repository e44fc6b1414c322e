// What bounds a pool, and what it knows of its target's hosts and tables: numbers only.

internal import PoolHealth

/// Every bound of a pool. Times are nanoseconds.
package struct PoolLimits: Equatable, Sendable {
    /// Connections, over all hosts.
    package var connections: Int
    /// Statements in flight on one connection.
    package var pipelineDepth: Int
    /// Lookups that wait for a connection; one more fails at once.
    package var waiting: Int
    /// From a lookup's arrival to its deadline, as a rule: of a tenth of that too little is left to send it.
    package var lookupTimeout: Int64
    /// How long one attempt to connect may take.
    package var connectTimeout: Int64
    /// How long a connection that owes results may say nothing before it is given up.
    package var silenceTimeout: Int64
    /// How long a connection may say nothing, beyond some round trips, before the tables that it is at count as slow.
    package var stallInterval: Int64
    /// The longest back-off of a host that fails.
    package var retryInterval: Int64
    /// How long the connections stay without any lookup; nil: for ever.
    package var idleInterval: Int64?
    /// How often each connection is checked for being fit for use; nil: never.
    package var checkInterval: Int64?
    /// How many queries of a table at least go out as one statement; nil: they never do.
    package var smallestArray: Int?
    /// Whether queries go out together only where that is worth it: not where even a single one goes so.
    package var choosesArrays: Bool { smallestArray.map { $0 > 1 } ?? false }
    /// Batches in flight on one connection, apart from those of a single statement that has to go alone, and from those more
    /// that a long round trip takes. With two the server has the next one when it is through with one.
    package var batches: Int
    /// How many statements make it worth waking another server: fewer are put behind those that one is at.
    package var worthwhile: Int
    /// How old a statement's meaning may be, and what is known of the settings and the schema that a session depends on;
    /// nil: any age.
    package var freshness: Int64?
    /// How long a connection is used before another one takes its place; nil: for ever.
    package var connectionLifetime: Int64?
    /// For how long after the last connection was lost, or a pause has ended, lookups wait though no host can be reached.
    package var grace: Int64

    package init(
        connections: Int, pipelineDepth: Int, waiting: Int, lookupTimeout: Int64, connectTimeout: Int64,
        silenceTimeout: Int64, stallInterval: Int64 = 100_000_000, retryInterval: Int64,
        idleInterval: Int64? = nil, checkInterval: Int64? = nil, smallestArray: Int? = nil,
        batches: Int = 2, worthwhile: Int = 32, freshness: Int64? = nil, connectionLifetime: Int64? = nil,
        grace: Int64 = 0
    ) {
        self.connections = connections
        self.pipelineDepth = pipelineDepth
        self.waiting = waiting
        self.lookupTimeout = lookupTimeout
        self.connectTimeout = connectTimeout
        self.silenceTimeout = silenceTimeout
        self.stallInterval = stallInterval
        self.retryInterval = retryInterval
        self.idleInterval = idleInterval
        self.checkInterval = checkInterval
        self.smallestArray = smallestArray
        self.batches = batches
        self.worthwhile = worthwhile
        self.freshness = freshness
        self.connectionLifetime = connectionLifetime
        self.grace = grace
    }

    /// How many connections a pool may have at a time, by slots: one more than `connections` while one takes another's place,
    /// and one to each host, where there are several, for what has erred elsewhere.
    package func slots(hosts: Int) -> Int {
        connections + 1 + (hosts > 1 ? hosts : 0)
    }
}
