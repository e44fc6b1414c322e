// What a pool can tell of itself, for those who watch it.

package import LookupValues

/// A host as it is now.
package struct HostFigures: Equatable, Sendable {
    /// Connections by phase.
    package var connecting = 0
    package var ready = 0
    package var retiring = 0
    /// Those beyond the pool's size, for what has erred elsewhere; they are among the others, too.
    package var extra = 0
    /// Whether it has hung lately, so that others are used in its place, and whether its last connection has failed.
    package var isAvoided = false
    package var isFailing = false
}

extension TargetPool {
    /// When a query in flight was sent, the last time if it was sent several times: as of a dispatch.
    package func sentAt(of query: QueryID) -> Instant {
        queries[query.index].sentAt
    }

    /// Queries that are sent and unanswered.
    package var queriesInFlight: Int {
        connections.reduce(0) { sum, connection in
            connection.inFlight.reduce(sum) { $0 + $1.queries.count }
        }
    }

    /// The pool's own connections, to all hosts.
    package var establishedConnections: Int { hosts.reduce(0) { $0 + $1.established } }

    package func figures(ofHost host: Int, now: Instant) -> HostFigures {
        var figures = HostFigures(
            isAvoided: hosts[host].isAvoided(at: now), isFailing: hosts[host].isFailing)
        for slot in connections.indices where connections[slot].host == host {
            if !isOwn(slot) && connections[slot].phase != .idle { figures.extra += 1 }
            switch connections[slot].phase {
            case .idle: continue
            case .connecting: figures.connecting += 1
            case .ready: figures.ready += 1
            case .retiring: figures.retiring += 1
            }
        }
        return figures
    }
}
