// Whether any host of a target can be asked, by how connections and attempts have ended.

internal import LookupValues

/// Which hosts are out of reach. A host that refuses a login, or that is too slow, is not.
package struct HostReach: Sendable {
    private var isAway: [Bool]

    package init(hosts: Int) { isAway = Array(repeating: false, count: hosts) }

    /// Whether the latest attempt at every host, or its last connection, ended because the server is away, starts, ends, or is
    /// full.
    package var isNone: Bool { isAway.allSatisfy { $0 } }

    package mutating func noteConnected(_ host: Int) { isAway[host] = false }

    /// - Parameters:
    ///   - sqlState: the error's; empty: libpq reported it, not the server.
    ///   - hasConnected: whether there was a connection, which was found not to be fit for use.
    package mutating func noteFailure(of host: Int, sqlState: String, hasConnected: Bool) {
        isAway[host] = !hasConnected && (sqlState.isEmpty || ServerErrorCode.ofAbsence.contains(sqlState))
    }
}
