// A pool's figures, for monitoring.

package import LookupValues
internal import PoolHealth

/// A host as it is now.
package struct HostFigures: Equatable, Sendable {
    /// Connections by phase.
    package var connecting = 0
    package var ready = 0
    package var retiring = 0
    /// Those beyond the pool's own, for queries that have erred elsewhere. They are also counted by phase.
    package var extra = 0
    /// Whether it has hung lately, so that others are used in its place, and whether its last connection has failed.
    package var isAvoided = false
    package var isFailing = false
}

/// A connection as it is now.
package struct ConnectionFigures: Equatable, Sendable {
    package enum State: Equatable, Sendable {
        case connecting
        /// The server owes nothing.
        case idle
        case active
        /// The server has not answered for too long.
        case stalled
        /// It is closed when what is in flight is answered.
        case retiring
    }

    package let slot: Int
    package let host: Int
    package let state: State
    /// When it was connected, or the attempt began.
    package let since: Instant
    /// Queries that are sent and unanswered.
    package let inFlight: Int
}

extension TargetPool {
    /// Each connection that exists or is being made.
    package var connectionFigures: [ConnectionFigures] {
        connections.indices.compactMap { slot in
            let connection = connections[slot]
            let state: ConnectionFigures.State
            switch connection.phase {
            case .idle: return nil
            case .connecting: state = .connecting
            case .retiring: state = .retiring
            case .ready where connection.progress.stalledAt != nil: state = .stalled
            case .ready: state = connection.pipeline.isEmpty ? .idle : .active
            }
            return ConnectionFigures(
                slot: slot, host: connection.host, state: state,
                since: state == .connecting ? connection.begunAt : connection.connectedAt,
                inFlight: connection.pipeline.load)
        }
    }

    /// Queries that are sent and unanswered.
    package var queriesInFlight: Int {
        connections.reduce(0) { sum, connection in
            connection.pipeline.inFlight.reduce(sum) { $0 + $1.queries.count }
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
