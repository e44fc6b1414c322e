// What becomes of a pool's hosts, as far as all of them may be away.

internal import Configuration
internal import EventLoop
internal import LookupPool
internal import LookupValues
internal import PostgreSQL

extension PoolDriver {
    /// Whether there is no connection, and no host can be asked.
    package var isDown: Bool { outages.since != nil }

    /// Notes what has become of a host's connections.
    ///
    /// - Parameters:
    ///   - error: why an attempt or a connection has failed; nil: a connection was made.
    ///   - hasConnected: whether there was a connection, which was found not to be fit for use.
    func noteHost(_ host: Int, _ error: ServerError?, hasConnected: Bool = false) {
        let remark = outages.note(
            host, sqlState: error?.sqlState, hasConnected: hasConnected, hasConnection: pool.hasConnection,
            now: loop.now)
        switch remark {
        case .begins: log.outageBegan(plan.name, outages.plan)
        case .ends: log.outageEnded(plan.name)
        case nil: break
        }
    }
}
