// What has happened to a target's pool on one worker, for monitoring.

internal import Configuration
internal import LookupPool
internal import LookupStatistics
internal import LookupTables
internal import LookupValues
internal import PostgreSQL

/// Counts what happens to a pool's connections and statements. It decides nothing.
struct PoolCounters {
    private var figures: TargetStatistics
    /// Whether connections are closed when there are no lookups.
    private let closesIdle: Bool
    /// The host that each slot's last connection was lost to, until there is a new connection; nil if none was lost.
    private var lostTo: [Int?]
    /// The host of a connection that is about to be closed because it was given up.
    private var givenUp: Int?

    init(plan: PoolPlan, connections: Int) {
        closesIdle = plan.idleInterval != nil
        figures = TargetStatistics(
            name: plan.name, hosts: plan.target.hostNames.map { HostStatistics(name: $0) })
        lostTo = Array(repeating: nil, count: connections)
    }

    /// The counts, together with the present state of the pool.
    func statistics(of pool: borrowing TargetPool, now: Instant) -> TargetStatistics {
        var figures = figures
        figures.pausedSeconds =
            pool.pausedUntil.map {
                // Rounded up: of the last second, too, something is left.
                Int(max(1, ($0.nanoseconds - now.nanoseconds + 999_999_999) / 1_000_000_000))
            } ?? 0
        figures.waiting = pool.waiting
        figures.inFlight = pool.queriesInFlight
        figures.shared = pool.joined
        figures.retries = pool.retried
        figures.askedElsewhere = pool.askedElsewhere
        figures.resets = pool.resets
        figures.renewals = pool.renewals
        for host in figures.hosts.indices {
            let current = pool.figures(ofHost: host, now: now)
            figures.hosts[host].connecting = current.connecting
            figures.hosts[host].ready = current.ready
            figures.hosts[host].retiring = current.retiring
            figures.hosts[host].extra = current.extra
            figures.hosts[host].state =
                current.isFailing ? .failing : current.isAvoided ? .avoided : .up
        }
        figures.isDormant =
            closesIdle && figures.waiting == 0
            && figures.hosts.allSatisfy { $0.state == .up && $0.ready == 0 && $0.connecting == 0 }
        return figures
    }

    // MARK: Statements

    mutating func noteSent(_ form: QueryForm) {
        switch form {
        case .prepared: figures.prepared += 1
        case .unnamed: figures.unnamed += 1
        case .literal: figures.literal += 1
        }
    }

    mutating func noteArray(of count: Int) {
        figures.batches.record(Int64(count))
    }

    mutating func noteError(_ error: ServerError) {
        figures.noteError(sqlState: error.sqlState)
    }

    // MARK: Connections

    mutating func noteConnected(_ slot: Int, host: Int) {
        figures.hosts[host].connects += 1
        guard let lost = lostTo[slot].take() else { return }
        figures.reconnects += 1
        if lost != host { figures.failovers += 1 }
    }

    mutating func noteConnectFailure(host: Int, _ error: ServerError) {
        figures.hosts[host].connectFailures += 1
        noteError(error)
    }

    mutating func noteLoss(of slot: Int, host: Int, _ error: ServerError) {
        figures.hosts[host].disconnects += 1
        lostTo[slot] = host
        noteError(error)
    }

    /// The pool closes the connection next.
    mutating func noteGivenUp(host: Int) {
        figures.hosts[host].disconnects += 1
        givenUp = host
    }

    mutating func noteClose(of slot: Int) {
        if let host = givenUp.take() { lostTo[slot] = host }
    }
}
