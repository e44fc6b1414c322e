// When to look at the requests that wait for Postfix's own proxymap(8), and whose they are.

internal import LookupValues

struct RelayWatch {
    private static let retryInterval: Int64 = 20_000_000

    /// How long it may take to answer a request, in nanoseconds.
    var timeout: Int64 = 10_000_000_000
    /// Those who wait, or have until lately.
    private var clients: [ClientID] = []
    /// When to look for those who have waited too long; nil if there are none.
    private(set) var checkAt: Instant?

    /// A request that would be too late by the next check has failed at this one.
    private var interval: Int64 { min(1_000_000_000, timeout / 4) }

    /// Gives up on a client's request in time from now on.
    mutating func watch(_ client: ClientID, now: Instant) {
        clients.append(client)
        if checkAt == nil { checkAt = now.advanced(byNanoseconds: interval) }
    }

    /// Looks again before long, as one has to try again.
    mutating func checkSoon(now: Instant) {
        let soon = now.advanced(byNanoseconds: Self.retryInterval)
        checkAt = checkAt.map { min($0, soon) } ?? soon
    }

    /// Hands out those to be looked at, of whom each that still waits is put back by `putBack`.
    ///
    /// - Returns: also when they must have asked at the latest so as not to have waited too long. Nil if it is too early.
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
