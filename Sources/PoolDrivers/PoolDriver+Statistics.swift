// What a pool's driver reports.

internal import Configuration
internal import EventLoop
internal import LookupPool
package import LookupStatistics
internal import LookupTables
internal import LookupValues
internal import PostgreSQL

extension PoolDriver {
    package var statistics: TargetStatistics {
        var figures = counters.statistics(of: pool, now: loop.now)
        figures.poolSize = limits.connections
        figures.outage = outages.statistics(now: loop.now)
        for host in figures.hosts.indices where figures.hosts[host].state == .failing {
            figures.hosts[host].isFull = hostErrors[host]?.isOfFullServer ?? false
            figures.hosts[host].trouble = hostErrors[host]?.description
        }
        figures.connections = pool.connectionFigures.map { connection in
            ConnectionStatistics(
                pid: connections[connection.slot]?.backendProcess ?? 0,
                host: figures.hosts[connection.host].name, state: .init(connection.state),
                ageSeconds: Double(loop.now.nanoseconds - connection.since.nanoseconds) / 1e9,
                inFlight: connection.inFlight)
        }
        return figures
    }
}

extension ConnectionStatistics.State {
    fileprivate init(_ state: ConnectionFigures.State) {
        switch state {
        case .connecting: self = .connecting
        case .idle: self = .idle
        case .active: self = .active
        case .stalled: self = .stalled
        case .retiring: self = .retiring
        }
    }
}
