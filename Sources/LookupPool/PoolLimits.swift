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
    /// The usual time from a lookup's arrival to its deadline. A lookup is not sent if only a tenth is left.
    package var lookupTimeout: Int64
    /// How long one attempt to connect may take.
    package var connectTimeout: Int64
    /// How long a connection that owes results may say nothing before it is given up.
    package var silenceTimeout: Int64
    /// How long a connection may say nothing, beyond some round trips, before the tables whose statements its
    /// server executes count as slow.
    package var stallInterval: Int64
    /// The longest back-off of a host that fails.
    package var retryInterval: Int64
    /// How long the connections stay without any lookup; nil: for ever.
    package var idleInterval: Int64?
    /// How often each connection is checked for being fit for use; nil: never.
    package var checkInterval: Int64?
    /// The least number of a table's queries that go out as one array statement; nil: none do.
    package var smallestArray: Int?
    /// Whether array statements are used only if they are worth it. They always are if one query makes one.
    package var choosesArrays: Bool { smallestArray.map { $0 > 1 } ?? false }
    /// Batches in flight on one connection, except those of a single statement that has to go alone, and the
    /// additional ones that a long round trip needs. With two, the server has the next batch when it has
    /// finished one.
    package var batches: Int
    /// How many statements make it worth waking another server. Fewer are sent to one that is at work.
    package var worthwhile: Int
    /// How old a statement's preparation may be, and the knowledge of the settings and the schema that a
    /// session depends on; nil: any age.
    package var freshness: Int64?
    /// How long a connection is used before another one takes its place; nil: for ever.
    package var connectionLifetime: Int64?
    /// How long lookups wait though no host can be reached, after a pause or the loss of the last connection.
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

    /// How many slots for connections a pool has: one more than `connections`, for one that takes another's
    /// place, and, if there are several hosts, one to each host for queries that have erred elsewhere.
    package func slots(hosts: Int) -> Int {
        connections + 1 + (hosts > 1 ? hosts : 0)
    }
}
