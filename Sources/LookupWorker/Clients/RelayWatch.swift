// When to check the requests that wait for Postfix's own proxymap(8), and which clients they belong to.

internal import LookupValues

struct RelayWatch {
    private static let retryInterval: Int64 = 20_000_000

    /// How long it may take to answer a request, in nanoseconds.
    var timeout: Int64 = 10_000_000_000
    /// Clients that wait, or waited at the last check.
    private var clients: [ClientID] = []
    /// When to look for clients that have waited too long; nil if none waits.
    private(set) var checkAt: Instant?

    /// A request that would be too late by the next check fails at this one.
    private var interval: Int64 { min(1_000_000_000, timeout / 4) }

    /// From now on, gives up on a client's request in time.
    mutating func watch(_ client: ClientID, now: Instant) {
        clients.append(client)
        if checkAt == nil { checkAt = now.advanced(byNanoseconds: interval) }
    }

    /// Checks again soon, as a request has to try again.
    mutating func checkSoon(now: Instant) {
        let soon = now.advanced(byNanoseconds: Self.retryInterval)
        checkAt = checkAt.map { min($0, soon) } ?? soon
    }

    /// Returns the clients to be checked. The caller passes each one that still waits to `putBack`.
    ///
    /// - Returns: also the instant since which a request must have been asked so as not to have waited too long. Nil if it
    ///   is too early for a check.
    mutating func take(now: Instant) -> (clients: [ClientID], oldest: Instant)? {
        guard let due = checkAt, due <= now else { return nil }
        checkAt = now.advanced(byNanoseconds: interval)
        var taken: [ClientID] = []
        swap(&taken, &clients)
        return (taken, now.advanced(byNanoseconds: interval - timeout))
    }

    mutating func putBack(_ waiting: [ClientID]) {
        clients += waiting
        if clients.isEmpty { checkAt = nil }
    }
}
