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

    /// How much longer than `connectTimeout` the pool waits for the shell to say that it has failed to connect: it
    /// may be stuck in a call that can't be interrupted.
    static let connectGrace: Int64 = 1_000_000_000
    /// A lookup that was not sent when so much of its time is left, one part in so many, is not sent any more. Were it sent
    /// at the last moment, a server with too much to do would do it in vain, and nothing else.
    static let lastSending: Int64 = 10
    /// Attempts to connect to one host at a time.
    static let simultaneousAttempts = 8
    /// How many round trips a connection may take, beyond `stallInterval`, before it counts as stalled.
    static let roundTripsToStall: Int64 = 4
    /// How many times as long as it took to stall a stalled connection is waited for.
    static let stallPatience: Int64 = 2
    /// How many queries of a table that was slow must be quick before it is trusted again, at first and at most: it
    /// doubles with each relapse.
    static let probation = 32...256
    /// How long a table that has been slow by itself is not tried on the last free connection, at first and at most: it doubles
    /// each time. Each such trial costs the others as long as it takes to see a connection stall, and a connection.
    static let trialPauses: ClosedRange<Int64> = 250_000_000...16_000_000_000
    /// After how long a relapse is no relapse any more.
    static let slownessMemory: Int64 = 60_000_000_000
    /// How long a host is only the second choice after a connection to it hung, at first; it doubles up to the longest
    /// back-off.
    static let avoidance: Int64 = 1_000_000_000
    /// The back-off after a host's first failure; each further one doubles it.
    static let firstBackOff: Int64 = 100_000_000
    /// A connection that ends so soon says that the next one may, too.
    static let briefLife: Int64 = 1_000_000_000
    /// How long a host rests whose connections are so short-lived, at first and at most: it doubles each time.
    static let rests: ClosedRange<Int64> = 25_000_000...200_000_000
    /// For how long others wait for an attempt to connect before another host is tried beside.
    static let connectPatience: Int64 = 1_000_000_000
    /// The longest back-off while no host is connected to.
    static let longestUrgentBackOff: Int64 = 1_000_000_000
    /// The longest back-off of a host that is connected to and has no room for more.
    static let longestFullBackOff: Int64 = 2_000_000_000
    /// How often a lookup is sent in all if its connection is lost under it each time, at the same host. Were it without end, a
    /// query that crashes its server process would do so again and again.
    static let attempts = 5
    /// For how long an error is remembered by table and host.
    static let errorMemory: Int64 = 1_000_000_000
    /// For how long the same error there is no news.
    static let errorFamiliarity: Int64 = 60_000_000_000
    /// How many queries whose errors are news may be asked at other hosts at once, and how many a second, however few lookups
    /// there are.
    static let errandBurst = 100
    static let errandsASecond = 10.0
    /// How many queries wait at most for a host other than those where they have erred.
    static let errands = 1_000
    /// How long a connection beyond `connections` stays without anything to do.
    static let errandIdleTime: Int64 = 10_000_000_000
    /// How long a connection is used for which not all could be found out: the next one may tell.
    static let unsettledLifetime: Int64 = 10_000_000_000
    /// By what part of its time at most a connection's life is shorter, at random, so that not all end together.
    static let lifetimeJitter = 0.1
    /// How long the next attempt to take a connection's place waits after one has failed.
    static let renewalRetryInterval: Int64 = 5_000_000_000
    /// How long the next renewal waits after one. Where more than `quickRenewals` have followed each other within
    /// `renewalQuiet` after that, it doubles each time, up to 128 times as long.
    static let renewalInterval: Int64 = 100_000_000
    static let quickRenewals = 10
    static let renewalQuiet: Int64 = 2_000_000_000
    /// How long lookups wait for a connection that takes the place of one that has grown stale.
    static let renewalPatience: Int64 = 1_000_000_000
    /// How many lookups of a table get a batch of their own after one of them has failed.
    static let isolatedLookups = 32
    /// How many queries of a table go out one by one after an array statement has failed, at first and at most: it doubles
    /// each time.
    static let singleQueries = 64...65_536
}
