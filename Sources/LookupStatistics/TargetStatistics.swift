// The state of a target's pool, and what it has counted.

package struct TargetStatistics: Equatable, Sendable, Codable {
    /// `user@host,host/database`, without a password; tells targets apart.
    package let name: String
    /// For how many more seconds it is paused at most; 0: it is not.
    package var pausedSeconds = 0
    /// Whether it has no connection because there was no lookup for `idle_interval`: the next lookup makes one.
    package var isDormant = false
    /// Nil: a host can be asked.
    package var outage: OutageStatistics?
    /// How many seconds ago all was known that had changed, for answers by notification; nil if there are none, or it was
    /// never known.
    package var leaseAge: Double?
    /// How many connections it should have.
    package var poolSize = 0
    /// Lookups that wait for a connection now, and queries that are sent and unanswered.
    package var waiting = 0
    package var inFlight = 0
    /// Lookups that have shared the query of an equal one.
    package var shared = 0
    /// Queries that were sent again, because their connection was lost or their statement failed.
    package var retries = 0
    /// Connections made in place of a lost one, and how many of them to another host.
    package var reconnects = 0
    package var failovers = 0
    /// Queries that were asked at another host after they had failed at one.
    package var askedElsewhere = 0
    /// Sessions that were reset before another table was served, and connections that have replaced an older one.
    package var resets = 0
    package var renewals = 0
    /// Queries that went out one by one, by their form.
    package var prepared = 0
    package var unnamed = 0
    package var literal = 0
    /// The number of keys of each array statement.
    package var batches = Histogram()
    package var hosts: [HostStatistics]
    /// All that there are now, and those that are being made.
    package var connections: [ConnectionStatistics] = []
    /// By the first two characters of SQLSTATE; `none` if libpq gave none.
    package var errors: [SQLStateCount] = []

    package init(name: String, hosts: [HostStatistics]) {
        self.name = name
        self.hosts = hosts
    }

    private enum CodingKeys: String, CodingKey {
        case name, waiting
        case pausedSeconds = "paused_seconds"
        case isDormant = "is_dormant"
        case outage
        case leaseAge = "lease_age_seconds"
        case poolSize = "pool_size"
        case inFlight = "in_flight"
        case askedElsewhere = "asked_elsewhere"
        case resets, renewals
        case shared, retries, reconnects, failovers, prepared, unnamed, literal, batches, hosts, connections,
            errors
    }

    /// Whether any connection can be asked.
    package var isLive: Bool { hosts.contains { $0.ready > 0 } }

    /// Whether a connection is lacking.
    package var isDown: Bool { !isLive && !isDormant }

    /// The counters only, of a pool that has ended.
    package var withoutGauges: TargetStatistics {
        var counters = self
        counters.pausedSeconds = 0
        // A pool that has ended keeps no other one of its target from being dormant.
        counters.isDormant = true
        counters.outage = nil
        counters.leaseAge = nil
        counters.poolSize = 0
        counters.waiting = 0
        counters.inFlight = 0
        counters.connections = []
        for host in hosts.indices {
            counters.hosts[host].state = .up
            counters.hosts[host].isFull = false
            counters.hosts[host].trouble = nil
            counters.hosts[host].connecting = 0
            counters.hosts[host].ready = 0
            counters.hosts[host].retiring = 0
            counters.hosts[host].extra = 0
        }
        return counters
    }

    package mutating func noteError(sqlState: String) {
        // A server may send any text. In this form there are only so many classes.
        let isCode =
            sqlState.utf8.count == 5
            && sqlState.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            }
        let name = isCode ? String(sqlState.prefix(2)) : "none"
        errors.merge([SQLStateCount(class: name, count: 1)], by: \.class) { $0.count &+= $1.count }
    }

    package mutating func merge(_ other: TargetStatistics) {
        pausedSeconds = max(pausedSeconds, other.pausedSeconds)
        isDormant = isDormant && other.isDormant
        outage = .longer(outage, other.outage)
        leaseAge = [leaseAge, other.leaseAge].compactMap(\.self).max()
        poolSize &+= other.poolSize
        waiting &+= other.waiting
        inFlight &+= other.inFlight
        shared &+= other.shared
        retries &+= other.retries
        reconnects &+= other.reconnects
        failovers &+= other.failovers
        askedElsewhere &+= other.askedElsewhere
        resets &+= other.resets
        renewals &+= other.renewals
        prepared &+= other.prepared
        unnamed &+= other.unnamed
        literal &+= other.literal
        batches.merge(other.batches)
        connections += other.connections
        hosts.merge(other.hosts, by: \.name) { $0.merge($1) }
        errors.merge(other.errors, by: \.class) { $0.count &+= $1.count }
    }
}

package struct HostStatistics: Equatable, Sendable, Codable {
    /// A pool's judgement of a host.
    package enum State: String, CaseIterable, Sendable, Codable {
        /// Nothing is known against it.
        case up
        /// It has hung lately: others are used instead.
        case avoided
        /// The last connection or attempt has failed; it is tried again.
        case failing
    }

    /// As in the table's `hosts`, without a password.
    package let name: String
    package var state = State.up
    /// Whether it takes no more connections: of the role, of the database, or at all.
    package var isFull = false
    /// While it is failing: the last error of the server, or of libpq. Without a password or a key.
    package var trouble: String?
    /// Connections by state, now.
    package var connecting = 0
    package var ready = 0
    package var retiring = 0
    /// Those of them beyond pool_size, for queries that failed at another host.
    package var extra = 0
    /// Connections that were made, attempts that failed, and connections that were lost or given up.
    package var connects = 0
    package var connectFailures = 0
    package var disconnects = 0

    package init(name: String) {
        self.name = name
    }

    private enum CodingKeys: String, CodingKey {
        case name, state, trouble, connecting, ready, retiring, extra, connects
        case isFull = "is_full"
        case connectFailures = "connect_failures"
        case disconnects
    }

    /// Of two workers' judgements of the host, the worse one counts.
    package mutating func merge(_ other: HostStatistics) {
        let order = State.allCases
        if order.firstIndex(of: other.state)! > order.firstIndex(of: state)! { state = other.state }
        isFull = isFull || other.isFull
        trouble = trouble ?? other.trouble
        connecting &+= other.connecting
        ready &+= other.ready
        retiring &+= other.retiring
        extra &+= other.extra
        connects &+= other.connects
        connectFailures &+= other.connectFailures
        disconnects &+= other.disconnects
    }
}

package struct SQLStateCount: Equatable, Sendable, Codable {
    /// The class, as in appendix A of PostgreSQL's manual: 08, 42, 53, 57 …
    package let `class`: String
    package var count: Int

    package init(class name: String, count: Int) {
        `class` = name
        self.count = count
    }
}
