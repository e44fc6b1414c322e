// What the clients of one worker share: a read buffer, the router, counters, and the work that is put off.

internal import ClientSessions
internal import DaemonLog
internal import EventLoop
internal import LookupSearch
internal import LookupValues

final class ClientServices {
    let loop: EventLoop
    let counters: LookupCounters
    let log: ClientLog
    /// Divides what may be under way between the clients.
    let share = FairShare()
    /// The pools that answer lookups.
    let pools: PoolNumbers
    /// Decides which pool a request goes to. Replaced as a whole when the configuration changes.
    var router: LookupRouter {
        didSet { routerNumber += 1 }
    }
    /// Tells the routers apart that there have been.
    private(set) var routerNumber = 0
    var agenda = ClientAgenda()
    var relays = RelayWatch()
    /// What has been asked for ahead of proxymap clients' requests, of all clients.
    var readAhead = ReadAheadAccount()
    /// Whether anything is asked for ahead: the same as a bound of the account other than 0, which costs more to read.
    private(set) var readsAhead = false
    /// When to look for what was read ahead and is too old; nil if there is nothing.
    private(set) var readAheadCheckAt: Instant?
    /// Is called with each client that has ended.
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

    /// Asks for keys ahead from now on, or not any more.
    ///
    /// - Parameter bound: how old an answer may be when it is used, in nanoseconds; 0: nothing is asked for ahead.
    func readAhead(upTo bound: Int64) {
        readAhead.bound = bound
        readsAhead = bound > 0
    }

    /// Has what was read ahead dropped when it is too old, as a client may ask for nothing any more.
    func expireReadAheadLater() {
        if readAheadCheckAt == nil { readAheadCheckAt = loop.now.advanced(byNanoseconds: 1_000_000_000) }
    }

    /// Whether the time has come for that.
    func takeReadAheadCheck() -> Bool {
        guard let due = readAheadCheckAt, due <= loop.now else { return false }
        readAheadCheckAt = nil
        return true
    }

    /// Receives what has come at a socket, and passes it to `take` before anything else is received.
    func read(from descriptor: Int32, _ take: (Span<UInt8>) -> Void) -> Transfer {
        // Moved out, as a property in use must not be accessed by code that `take` calls.
        var buffer: [UInt8] = []
        swap(&buffer, &readBuffer)
        defer { swap(&buffer, &readBuffer) }
        let transfer = unsafe buffer.withUnsafeMutableBytes { unsafe receive(from: descriptor, into: $0) }
        if case .bytes(let count) = transfer { take(buffer.span.extracting(first: count)) }
        return transfer
    }

    /// From now on, gives up on a client's relayed request in time.
    func watchRelay(of client: ClientID) { relays.watch(client, now: loop.now) }

    /// Checks the relayed requests again soon, as one of them has to try again.
    func checkRelaysSoon() { relays.checkSoon(now: loop.now) }
}
