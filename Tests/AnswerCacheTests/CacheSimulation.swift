// A database that changes, a cache, and a dictionary of all that should be kept.

import AnswerCache
import LookupValues

/// One host, one table. The promise is checked by what the database had; what must be given, by a dictionary that forgets
/// nothing.
struct CacheSimulation: ~Copyable {
    private struct Entry {
        let version: Int
        let sentAt: Int64
    }

    private struct Query {
        let key: Int
        let sentAt: Int64
        let version: Int
    }

    private static let staleness: Int64 = 300

    private let options: CacheOptions
    private let isLarge: Bool
    private let keys: Int
    private var random: SplitMix64
    private var scene: CacheScene
    private var now: Int64 = 1
    private var histories: [Int: [(since: Int64, version: Int)]] = [:]
    private var entries: [Int: Entry] = [:]
    /// The last change that was told, of each key and of all; and the last flush or reload.
    private var changedAt: [Int: Int64] = [:]
    private var allChangedAt: Int64 = 0
    private var keepsAfter: Int64 = 0
    private var listenedAt: Int64 = .max
    private var verifiedAt: Int64 = .min
    private var inFlight: [Query] = []
    /// A change of a key, of all, or a beat that was sent then.
    private var notifications: [(key: Int?, beat: Int64?)] = []
    private var isDeaf = true
    private var versions = 0

    private(set) var hits = 0
    private(set) var faults: [String] = []

    init(seed: UInt64, _ options: CacheOptions, isLarge: Bool) {
        self.options = options
        self.isLarge = isLarge
        keys = isLarge ? 12 : 300
        random = SplitMix64(seed: seed)
        scene = CacheScene(options, bytes: isLarge ? 2_000_000 : 64_000, staleness: Self.staleness)
    }

    mutating func run(steps: Int) {
        for _ in 0..<steps {
            now += Int64.random(in: 1...3, using: &random)
            let key = min(
                Int.random(in: 0..<keys, using: &random), Int.random(in: 0..<keys, using: &random))
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<45: find(key)
            case 45..<60: if inFlight.count < 8 { ask(key) }
            case 60..<75: arrive()
            case 75, 76: write(key)
            case 77..<80: find(key)
            case 80..<90: deliver()
            case 90..<96: if !isDeaf { notifications.append((nil, now)) }
            case 96: if Int.random(in: 0..<4, using: &random) == 0 { isDeaf = true }
            case 97, 98: if options.isNotified && isDeaf { listen() }
            default: rarely(key)
            }
        }
    }

    private func name(_ key: Int) -> String { "user\(key)@example.com" }
    /// Every third version is that there is nothing.
    private func value(_ version: Int) -> String? { version % 3 == 0 ? nil : "value \(version)" }
    private func version(_ key: Int) -> Int { histories[key]?.last?.version ?? 0 }

    private mutating func write(_ key: Int) {
        versions += 1
        histories[key, default: [(0, 0)]].append((now, versions))
        if !isDeaf { notifications.append((Int.random(in: 0..<20, using: &random) == 0 ? nil : key, nil)) }
    }

    private mutating func ask(_ key: Int) {
        inFlight.append(Query(key: key, sentAt: now, version: version(key)))
    }

    private mutating func arrive() {
        guard !inFlight.isEmpty else { return }
        let query = inFlight.remove(at: Int.random(in: 0..<inFlight.count, using: &random))
        scene.keep(
            name(query.key), value(query.version), sentAt: query.sentAt, hash: UInt64(query.key) << 52)
        guard query.sentAt > keepsAfter, query.sentAt > lastChange(query.key, query.sentAt),
            options.bound != nil || query.sentAt > listenedAt,
            query.sentAt > entries[query.key]?.sentAt ?? .min
        else { return }
        entries[query.key] = Entry(version: query.version, sentAt: query.sentAt)
    }

    /// Which key an answer is for counts only if it was asked since changes are told by key.
    private func lastChange(_ key: Int, _ sentAt: Int64) -> Int64 {
        max(allChangedAt, sentAt > listenedAt ? changedAt[key] ?? 0 : changedAt.values.max() ?? 0)
    }

    private mutating func deliver() {
        guard !isDeaf, !notifications.isEmpty else { return }
        let notification = notifications.removeFirst()
        if let beat = notification.beat {
            scene.verify(beat, at: now)
            verifiedAt = beat
        } else if let key = notification.key {
            scene.take(.changed(table: 1, keys: [UInt64(key) << 52]), at: now)
            changedAt[key] = now
        } else {
            scene.take(.changed(table: 1, keys: nil), at: now)
            allChangedAt = now
        }
    }

    private mutating func listen() {
        isDeaf = false
        notifications = []
        listenedAt = now
        verifiedAt = .min
        scene.take(.listening(target: 7, host: 0, at: Instant(nanoseconds: now)), at: now)
        scene.take(.proven(table: 1, key: NotifiedKey(parameters: [0])), at: now)
    }

    private mutating func rarely(_ key: Int) {
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            scene.flush(at: now)
            entries = [:]
        case 1:
            scene.flush(name(key), at: now)
            entries[key] = nil
        default:
            scene.adopt(
                [CachedTable(number: 1, target: 7, options: options)], bytes: bytes,
                staleness: Self.staleness, at: now)
        }
        keepsAfter = now
    }

    private var bytes: Int { isLarge ? 2_000_000 : 64_000 }

    private mutating func find(_ key: Int) {
        let given = scene.find(name(key), at: now)
        let expected = expected(key)
        if let given {
            hits += 1
            if !isPromised(key, given) { faults.append("\(given) of key \(key) at \(now) is too old") }
            if expected == nil { faults.append("\(given) of key \(key) at \(now) is not proved") }
        } else if let expected, isLarge {
            faults.append("\(expected) of key \(key) at \(now) is not given")
        }
    }

    /// What the dictionary has, if it is proved.
    private func expected(_ key: Int) -> String? {
        guard let entry = entries[key], entry.sentAt > lastChange(key, entry.sentAt) else { return nil }
        let isTimely = options.bound.map { now - entry.sentAt <= $0 } ?? false
        let isNotified =
            options.isNotified && entry.sentAt > listenedAt && verifiedAt != .min
            && now - verifiedAt <= Self.staleness
        return isTimely || isNotified ? value(entry.version) ?? "-" : nil
    }

    private func isPromised(_ key: Int, _ given: String) -> Bool {
        let history = histories[key] ?? [(0, 0)]
        let bound = max(options.bound ?? 0, options.isNotified ? Self.staleness : 0)
        return history.indices.contains { place in
            let ended = place + 1 < history.count ? history[place + 1].since : .max
            return value(history[place].version) ?? "-" == given && ended >= now - bound
        }
    }
}
