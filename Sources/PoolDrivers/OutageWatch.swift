// Watches over whether any host of a target can be asked.

internal import Configuration
internal import LookupStatistics
internal import LookupValues
internal import PoolHealth

/// Since when no host can be asked, and what is said about it.
struct OutageWatch {
    enum Remark {
        case begins
        case ends
    }

    var plan = OutagePlan()
    private var reach: HostReach
    /// Nil: a host can be asked, or that is not known.
    private(set) var since: Instant?
    /// Whether it was said that answers are given meanwhile.
    private var isSaid = false

    init(hosts: Int) { reach = HostReach(hosts: hosts) }

    /// - Parameters:
    ///   - sqlState: that of the error by which an attempt at a host or its connection has ended; nil: there is a connection.
    ///   - hasConnected: whether there was a connection, which was found not to be fit for use.
    ///   - hasConnection: whether there is a connection to any host.
    /// - Returns: what is to be said.
    mutating func note(
        _ host: Int, sqlState: String?, hasConnected: Bool, hasConnection: Bool, now: Instant
    ) -> Remark? {
        if let sqlState {
            reach.noteFailure(of: host, sqlState: sqlState, hasConnected: hasConnected)
        } else {
            reach.noteConnected(host)
        }
        let isDown = reach.isNone && !hasConnection
        if isDown == (since != nil) { return nil }
        since = isDown ? now : nil
        if isDown {
            isSaid = plan.givenMaps > 0
            return isSaid ? .begins : nil
        }
        defer { isSaid = false }
        return isSaid ? .ends : nil
    }

    /// Nil if a host can be asked.
    func statistics(now: Instant) -> OutageStatistics? {
        since.map { since in
            OutageStatistics(
                seconds: Double(now.nanoseconds - since.nanoseconds) / 1e9, maps: plan.maps,
                givenMaps: plan.givenMaps, boundSeconds: Double(plan.bound) / 1e9)
        }
    }
}
