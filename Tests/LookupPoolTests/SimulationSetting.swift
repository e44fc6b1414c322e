// What a simulation is like: limits, hosts, faults, all drawn from its seed.

import LookupPool
import LookupValues

struct SimulationSetting {
    let limits: PoolLimits
    let preferences: [Int]
    let natures: [TableNature]
    /// A host that always takes at least one connection and serves it: no lookup may fail for want of one then.
    let steadyHost: Int?
    /// Different keys, and how many of them fail.
    let keys: Int
    let poisonedKeys: Int
    /// Lookups that come together at most.
    let burst: Int
    /// One in so many; 0: never.
    let oneInLost: Int
    let oneInHanging: Int
    let oneInCancelled: Int
    let oneInRefused: Int
    let oneInForgotten: Int
    let oneInMigrating: Int
    /// Connections that go through a pooler.
    let oneInPooled: Int
    let changesHosts: Bool
    /// Transactions that keep something and can't be committed.
    let oneInUncommitted: Int
    /// Changes of what names mean, and of the settings of new sessions, among the clients' wakings.
    let oneInRedefining: Int
    /// Changes of which tables err at a host.
    let oneInErring: Int
    /// Pauses, among the clients' wakings.
    let oneInPaused: Int
    /// For how long a query in flight may be shared, in nanoseconds; nil: no answers are kept.
    let sharing: Int64?

    init(seed: UInt64, using random: inout SplitMix64) {
        // Numbers of its own for what was added later, so that each seed is still what it was in all else.
        var later = SplitMix64(seed: ~seed)
        func any(_ values: Int...) -> Int { values.randomElement(using: &random)! }
        let hosts = any(1, 1, 2, 3)
        let isSteady = any(0, 1, 1) == 1
        preferences = (0..<hosts).map { _ in any(0, 0, 1) }
        natures = (0..<any(1, 2, 4)).map { _ in
            [.plain, .plain, .plain, .literalOnly, .fickle, .keeping, .makingTables].randomElement(
                using: &random)!
        }
        steadyHost = isSteady ? any(0, hosts - 1) : nil
        keys = any(3, 10, 1000)
        poisonedKeys = any(0, 0, 1)
        burst = any(1, 3, 30)
        oneInLost = any(0, 3, 20, 200)
        oneInHanging = isSteady ? 0 : any(0, 0, 100)
        oneInCancelled = any(0, 50)
        oneInRefused = any(0, 10, 100)
        oneInForgotten = any(0, 0, 30)
        oneInMigrating = any(0, 50)
        changesHosts = any(0, 1, 1) == 1
        oneInUncommitted = any(0, 5, 50)
        oneInRedefining = any(0, 20, 200)
        oneInErring = hosts > 1 ? any(0, 20, 100) : 0
        let milliseconds: Int64 = 1_000_000
        limits = PoolLimits(
            connections: any(1, 2, 3, 4), pipelineDepth: any(1, 2, 5, 256), waiting: any(5, 50, 500),
            lookupTimeout: Int64(isSteady ? 60_000 : any(500, 10_000)) * milliseconds,
            connectTimeout: Int64(any(200, 5_000)) * milliseconds,
            silenceTimeout: Int64(any(600, 6_000, 11_000)) * milliseconds,
            stallInterval: Int64(any(20, 100, 100_000)) * milliseconds,
            retryInterval: Int64(any(50, 1_000, 60_000)) * milliseconds,
            idleInterval: any(0, 1) == 0 ? nil : Int64(any(5, 1_000)) * milliseconds,
            checkInterval: any(0, 1) == 0 ? nil : Int64(any(20, 1_000)) * milliseconds,
            smallestArray: [nil, 1, 2, 2].randomElement(using: &random)!,
            batches: any(1, 2, 2, 1000), worthwhile: any(1, 2, 32),
            freshness: any(0, 1, 1) == 0 ? nil : Int64(any(40, 1_000)) * milliseconds,
            connectionLifetime: any(0, 1) == 0 ? nil : Int64(any(100, 5_000)) * milliseconds,
            grace: [0, 300, 5_000].randomElement(using: &later)! * milliseconds)
        oneInPooled = any(0, 0, 1, 2)
        oneInPaused = [0, 0, 100, 1_000].randomElement(using: &later)!
        let times: [Int64?] = [nil, nil, 3, 100, 5_000]
        sharing = times.randomElement(using: &later)!.map { $0 * milliseconds }
    }

    /// Whether nothing happens to hosts and connections. A pause closes connections.
    var isPeaceful: Bool { !changesHosts && oneInLost == 0 && oneInHanging == 0 && oneInPaused == 0 }

    var database: SimulatedDatabase {
        SimulatedDatabase(
            natures: natures, poisonedKeys: poisonedKeys, oneInCancelled: oneInCancelled,
            oneInUncommitted: oneInUncommitted, oneInRefused: oneInRefused, oneInForgotten: oneInForgotten)
    }
}
