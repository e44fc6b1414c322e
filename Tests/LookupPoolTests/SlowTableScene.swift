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
        /// The plan of its array statement takes so long a key, in nanoseconds; a key by itself is quick.
        case costlyTogether(ClosedRange<Int64>)
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
    private(set) var end: Instant
    /// Whether the pool begins to connect when the trouble is there already.
    let isCold: Bool
    /// How long a message takes to the server and back, in nanoseconds.
    let roundTrip: Int64
    /// Once in so many milliseconds statements become stale, and must be prepared anew; 0: never.
    let staleEvery: Int
    /// How long the server is at one statement at most, in nanoseconds.
    let queryTimeout: Int64
    /// Whether a client of a quick table asks the next thing so many nanoseconds after an answer at most.
    private(set) var thinkTime: Int64

    /// - Parameter connections: of the pool.
    init(connections: Int, troubled: [Trouble], isCold: Bool, using random: inout SplitMix64) {
        func any<Value>(_ values: Value...) -> Value { values.randomElement(using: &random)! }
        self.isCold = isCold
        begin = Instant(nanoseconds: Self.second)
        end = begin.advanced(byNanoseconds: Self.second * any(3, 3, 6, 12))
        roundTrip = any(50_000, 300_000, 2 * Self.millisecond)
        staleEvery = any(0, 0, 300, 1_000)
        queryTimeout = Self.second * any(2, 5, 10)
        thinkTime = Self.millisecond * any(10, 20, 40)
        tables = (0..<any(2, 3, 5)).map { _ in Table(clients: any(1, 4, 8)) }
        for trouble in troubled {
            let place = Int.random(in: 0...tables.count, using: &random)
            tables.insert(Table(trouble: trouble, clients: any(1, 6, 20)), at: place)
        }
        limits = PoolLimits(
            connections: connections, pipelineDepth: any(16, 256), waiting: 5_000,
            lookupTimeout: 10 * Self.second, connectTimeout: 20 * Self.second,
            silenceTimeout: queryTimeout / 5 * 6, retryInterval: 60 * Self.second,
            checkInterval: any(nil, Self.second), smallestArray: any(nil, 2, 16),
            freshness: any(nil, Self.second, Self.second))
    }

    /// As many ask the tables in trouble, and as quickly, that the pool has several keys to send together all the time.
    func crowded() -> SlowTableScene {
        var scene = self
        scene.limits.smallestArray = 2
        scene.thinkTime = 5 * Self.millisecond
        scene.end = scene.begin.advanced(byNanoseconds: 4 * Self.second)
        scene.tables = tables.map {
            $0.trouble == nil ? Table(clients: 1) : Table(trouble: $0.trouble, clients: 20)
        }
        return scene
    }

    func isTroubled(at now: Instant) -> Bool { begin <= now && now < end }
}
