// What a cache knows of a table, and of a host: from when on their answers count.

internal import LookupValues

/// A table that is cached, or the place for one. It holds no references, which would be counted at each reading of a field.
struct TableState: BitwiseCopyable {
    static let none = -1
    static let never = Instant(nanoseconds: .min)

    /// The table's name; -1: there is no table.
    var number = none
    /// The place of its target among those of the cache.
    var target = none
    /// The place of the target's first host.
    var firstHost = 0

    /// -1: not by time.
    var bound: Int64 = -1
    var isNotified = false
    /// One of both.
    var isUsed = false
    /// -1: none is given while no host can be asked.
    var staleBound: Int64 = -1
    var givesStaleNotFound = false

    var sampling = KeySampling()

    /// Answers to queries that were sent until then are not kept.
    var keepsAfter = never
    /// Answers to queries that were sent until then don't count any more: all has changed, or was dropped.
    var countsAfter = never
    /// The last change of any key.
    var changedAt = never
    /// Where its stripes are; -1: it has none.
    var firstStripe = none

    /// Whether changes are notified, and since when; if not any more, until when it is known that they were.
    var isProven = false
    var provenAt = never
    var provenUntil = never
    /// The same of the time before it was proven anew.
    var formerProvenAt = never
    var formerProvenUntil = never

    /// Why its answers are not given by notification.
    var bypass = CacheBypass.unknown

    init() {}

    init(_ table: CachedTable, target: Int, now: Instant) {
        number = table.number
        self.target = target
        bound = table.options.bound ?? -1
        isNotified = table.options.isNotified
        isUsed = table.options.isUsed
        staleBound = table.options.staleBound ?? -1
        givesStaleNotFound = table.options.givesStaleNotFound
        keepsAfter = now
        countsAfter = now
        changedAt = now
    }
}

/// What is known of one host of a target.
struct HostState: BitwiseCopyable {
    /// Answers to queries that were sent until then don't count by notification.
    var countsAfter = TableState.never
    /// The identity of the server that is heard of.
    private(set) var server: UInt64 = 0
    /// Every change there before this moment has been told.
    var verifiedAt = TableState.never
    /// The same of the time before it was listened to anew, and from when on answers counted then.
    var formerCountsAfter = TableState.never
    var formerVerifiedAt = TableState.never
    /// As of when it was verified last, before it was listened to anew or since.
    var lastVerifiedAt: Instant { max(verifiedAt, formerVerifiedAt) }
    /// The last two fences.
    private var fence = Fence()
    private var formerFence = Fence()

    private struct Fence: BitwiseCopyable {
        var heardBy = TableState.never
        var provenAt = Instant.distantFuture
    }

    mutating func add(fenceHeardBy heardBy: Instant, provenAt: Instant) {
        formerFence = fence
        fence = Fence(heardBy: heardBy, provenAt: provenAt)
    }

    /// Whether what was sent to this standby then sees every change until `instant`.
    func isFenced(_ sentAt: Instant, after instant: Instant) -> Bool {
        fence.heardBy > instant && fence.provenAt < sentAt
            || formerFence.heardBy > instant && formerFence.provenAt < sentAt
    }

    /// The host leads to another server: nothing of before counts any more.
    mutating func begin(at instant: Instant, of server: UInt64) {
        begin(at: instant)
        self.server = server
    }

    /// Nothing of before counts any more.
    mutating func begin(at instant: Instant) {
        if verifiedAt > TableState.never {
            formerCountsAfter = countsAfter
            formerVerifiedAt = verifiedAt
        }
        countsAfter = max(countsAfter, instant)
        verifiedAt = TableState.never
        fence = Fence()
        formerFence = Fence()
    }
}

/// What is known of a target.
struct TargetState: BitwiseCopyable {
    /// The target's name; -1: it is none.
    var number: Int
    /// The host that is listened to; -1: none is.
    var listened = -1
    /// Since when that is so.
    var listenedAt: Instant
}
