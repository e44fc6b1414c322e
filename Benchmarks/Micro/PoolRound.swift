// A pool with a prepared connection, and no server: what a round of lookups costs in the pool alone.

internal import LookupPool
internal import LookupValues

struct PoolRound: ~Copyable {
    private var pool: TargetPool
    private var actions: [PoolAction] = []
    private var connection: ConnectionID?
    private var now = Instant(nanoseconds: 1_000_000_000)
    private let keys: [[UInt8]]

    init(keys: [[UInt8]]) {
        self.keys = keys
        let second: Int64 = 1_000_000_000
        pool = TargetPool(
            limits: PoolLimits(
                connections: 1, pipelineDepth: 4_096, waiting: 50_000, lookupTimeout: 10 * second,
                connectTimeout: 5 * second, silenceTimeout: 12 * second, retryInterval: 60 * second),
            preferences: [0], tableCount: 1, seed: 1)
        pool.dispatch(now: now)
        pool.takeActions(into: &actions)
        guard case .connect(let connection, _) = actions.first else { preconditionFailure("no connect") }
        self.connection = connection
        pool.connected(connection, now: now)
        pool.takeActions(into: &actions)
        answerAll(on: connection)
        // From then on it is known how fast the server is, and a batch may be as deep as allowed.
        for _ in 0..<256 { _ = run() }
    }

    /// Submits a lookup of each key, sends all, and has all succeed.
    ///
    /// - Returns: how many answers there were.
    mutating func run() -> Int {
        guard let connection else { return 0 }
        let deadline = now.advanced(byNanoseconds: 10_000_000_000)
        for (index, key) in keys.enumerated() {
            let requester = Requester(client: UInt32(index), sequence: 1)
            guard (try? pool.submit(requester, table: 0, key: key.span, deadline: deadline, now: now)) != nil
            else {
                preconditionFailure("the pool has refused a lookup")
            }
        }
        var answers = 0
        while pool.unanswered > 0 {
            now = now.advanced(byNanoseconds: 1_000)
            pool.dispatch(now: now)
            pool.takeActions(into: &actions)
            answers += answerAll(on: connection)
        }
        return answers
    }

    @discardableResult
    private mutating func answerAll(on connection: ConnectionID) -> Int {
        var answers = 0
        while let next = pool.nextInFlight(on: connection) {
            let result: ServerResult =
                switch next {
                case .sync: .synced
                case .preparation: .prepared
                default: .executed
                }
            _ = pool.take(result, on: connection, now: now)
            pool.takeActions(into: &actions)
            answers += actions.count
        }
        return answers
    }
}
