// What the clients of one worker share: a read buffer, the router, counters, and a note of what is to be done for them.

internal import ClientSessions
internal import DaemonLog
internal import EventLoop
internal import LookupValues

final class ClientServices {
    let loop: EventLoop
    let counters: LookupCounters
    let log: ClientLog
    /// What clients may have under way beside each other.
    let share = FairShare()
    /// Who answers lookups.
    let pools: PoolNumbers
    /// Where requests go. Replaced as a whole when the configuration changes.
    var router: LookupRouter
    var agenda = ClientAgenda()
    var relays = RelayWatch()
    /// Is told of each client that has ended.
    var hasEnded: (ClientID) -> Void = { _ in }
    private var readBuffer = [UInt8](repeating: 0, count: 16_384)

    init(loop: EventLoop, router: LookupRouter, pools: PoolNumbers, counters: LookupCounters, log: LimitedLog)
    {
        self.loop = loop
        self.router = router
        self.pools = pools
        self.counters = counters
        self.log = ClientLog(log: log)
    }

    /// Receives what has come at a socket, and hands it to `take` before anything else is received.
    func read(from descriptor: Int32, _ take: (Span<UInt8>) -> Void) -> Transfer {
        // Moved out, as a property in use must not be touched by what `take` sets off.
        var buffer: [UInt8] = []
        swap(&buffer, &readBuffer)
        defer { swap(&buffer, &readBuffer) }
        let transfer = unsafe buffer.withUnsafeMutableBytes { unsafe receive(from: descriptor, into: $0) }
        if case .bytes(let count) = transfer { take(buffer.span.extracting(first: count)) }
        return transfer
    }

    /// Gives up on a client's relayed request in time from now on.
    func watchRelay(of client: ClientID) { relays.watch(client, now: loop.now) }

    /// Looks at the relayed requests again before long, as one has to try again.
    func checkRelaysSoon() { relays.checkSoon(now: loop.now) }
}
