// What a simulation of slow tables is like: the pool, its tables, and which of them are in trouble when, drawn from a seed.

import LookupPool
import LookupValues

struct SlowTableScene {
    enum Trouble {
        /// Another session has the table's lock: nothing that touches it is parsed or executed until that ends.
        case lock
        /// Its queries take so long, in nanoseconds.
        case slow(ClosedRange<Int64>)
        /// So does one in so many of its queries.
        case partlySlow(ClosedRange<Int64>, oneIn: Int)
    }

    struct Table {
        var trouble: Trouble?
        /// How many clients ask it one lookup after another.
        let clients: Int
    }

    static let millisecond: Int64 = 1_000_000
    static let second: Int64 = 1_000_000_000

    var limits: PoolLimits
    var tables: [Table]
    /// Between these the tables in trouble are; before the first nobody asks anything if `isCold`.
    let begin: Instant
    let end: Instant
    /// Whether the pool begins to connect when the trouble is there already.
    let isCold: Bool
    /// How long a message takes to the server and back, in nanoseconds.
    let roundTrip: Int64
    /// Once in so many milliseconds statements become stale, and must be prepared anew; 0: never.
    let staleEvery: Int
    /// How long the server is at one statement at most, in nanoseconds.
    let queryTimeout: Int64
    /// Whether a client of a quick table asks the next thing so many nanoseconds after an answer at most.
    let thinkTime: Int64

    /// - Parameter connections: of the pool.
    init(connections: Int, troubled: [Trouble], isCold: Bool, using random: inout SeededGenerator) {
        func any<Value>(_ values: Value...) -> Value { values.randomElement(using: &random)! }
        self.isCold = isCold
        begin = Instant(nanoseconds: Self.second * (isCold ? 1 : 3))
        end = begin.advanced(byNanoseconds: Self.second * any(4, 4, 7, 12))
        roundTrip = any(50_000, 300_000, 2 * Self.millisecond)
        staleEvery = any(0, 0, 300, 1_000)
        queryTimeout = Self.second * any(2, 5, 10)
        thinkTime = Self.millisecond * any(4, 10, 20)
        tables = (0..<any(2, 3, 5)).map { _ in Table(clients: any(1, 4, 8)) }
        for trouble in troubled {
            let place = Int.random(in: 0...tables.count, using: &random)
            tables.insert(Table(trouble: trouble, clients: any(1, 6, 30)), at: place)
        }
        limits = PoolLimits(
            connections: connections, pipelineDepth: any(16, 256), waiting: 5_000,
            lookupTimeout: 10 * Self.second, connectTimeout: 20 * Self.second,
            silenceTimeout: queryTimeout / 5 * 6, retryInterval: 60 * Self.second,
            checkInterval: any(nil, Self.second), smallestBatch: any(nil, 2, 16),
            freshness: any(nil, Self.second, Self.second))
    }

    func isTroubled(at now: Instant) -> Bool { begin <= now && now < end }
}
