// A primary, a standby that lags, one who listens, and queries under way: the world of the model check.

import AnswerCache
import LookupValues

/// What happens to a cache, in the order in which it does.
enum CacheOperation {
    case take(CacheNews, now: Int64)
    case keep(key: Int, value: Int, sentAt: Int64, host: Int)
    case evict(key: Int)
    case adopt(now: Int64)
    case leave(now: Int64)
}

/// What may happen next.
enum ModelEvent: CaseIterable {
    case writeFirst, writeSecond, writeAll
    case askPrimary, askStandby, askOther
    case firstArrives, secondArrives
    case replay
    case beat, deliver, deafen, reconnect
    case beginFence, endFence
    case evict, reload, leaveAndReturn
    case wait
}

/// Each event takes an instant. There are two keys, and three versions of what they have; 0: not found.
struct ModelWorld {
    static let bound: Int64 = 2
    static let keys = [0, 1]

    private struct Write: Hashable {
        let keys: [Int]
        let version: Int
    }

    private struct Query {
        let key: Int
        let host: Int
        let sentAt: Int64
        let value: Int
    }

    private enum Notification {
        case changed([Int])
        /// Sent then.
        case beat(Int64)
    }

    private struct Fence {
        let heardBy: Int64
        let position: Int
    }

    private(set) var now: Int64 = 10
    /// What was committed, in order; the standby has the first so many of it.
    private var log: [Write] = []
    private var replayed = 0
    /// What each key had, and since when: on the primary, and on the standby.
    private var histories = [[[(since: Int64, value: Int)]]](
        repeating: [[(0, 0)], [(0, 0)]], count: 2)
    private var inFlight: [Query] = []
    private var sent = 0
    private var notifications: [Notification] = []
    private var isDeaf = false
    private var fence: Fence?
    private var fences: [(heardBy: Int64, provenAt: Int64)] = []
    private var reloads = 0
    private(set) var operations: [CacheOperation]

    init() {
        operations = [.adopt(now: 1)]
        listen(at: 8)
        prove(at: 8)
        tell(.verified(target: 7, host: 0, at: Instant(nanoseconds: 10)))
        tell(.verified(target: 7, host: 1, at: Instant(nanoseconds: 10)))
    }

    private mutating func listen(at moment: Int64) {
        tell(.listening(target: 7, host: 0, at: Instant(nanoseconds: moment)), at: moment)
    }

    private mutating func prove(at moment: Int64) {
        tell(.proven(table: 1, key: NotifiedKey(parameters: [0])), at: moment)
    }

    private mutating func tell(_ news: CacheNews, at moment: Int64? = nil) {
        operations.append(.take(news, now: moment ?? now))
    }

    // MARK: Events

    /// Lets an event happen; says false if it can't.
    mutating func happen(_ event: ModelEvent) -> Bool {
        now += 1
        switch event {
        case .writeFirst: return write([0])
        case .writeSecond: return write([1])
        case .writeAll: return write([0, 1])
        case .askPrimary: return ask(0, host: 0)
        case .askStandby: return ask(0, host: 1)
        case .askOther: return ask(1, host: 0)
        case .firstArrives: return arrive(0)
        case .secondArrives: return arrive(1)
        case .replay: return replay()
        case .beat:
            guard !isDeaf, notifications.count < 2 else { return false }
            notifications.append(.beat(now))
        case .deliver: return deliver()
        case .deafen:
            guard !isDeaf else { return false }
            isDeaf = true
            notifications = []
        case .reconnect:
            guard isDeaf else { return false }
            isDeaf = false
            listen(at: now)
        case .beginFence:
            guard fence == nil else { return false }
            fence = Fence(heardBy: now, position: log.count)
        case .endFence:
            guard let fence, replayed >= fence.position else { return false }
            fences = fences.suffix(1) + [(fence.heardBy, now)]
            tell(
                .fence(
                    target: 7, host: 1, heardBy: Instant(nanoseconds: fence.heardBy),
                    provenAt: Instant(nanoseconds: now)))
            self.fence = nil
        case .evict:
            guard sent > inFlight.count else { return false }
            operations.append(.evict(key: 0))
        case .reload, .leaveAndReturn:
            guard reloads == 0 else { return false }
            reloads = 1
            if event == .leaveAndReturn { operations.append(.leave(now: now)) }
            operations.append(.adopt(now: now))
            if event == .leaveAndReturn {
                listen(at: now)
                prove(at: now)
            }
        case .wait: break
        }
        return true
    }

    private mutating func write(_ keys: [Int]) -> Bool {
        guard log.count < 2 else { return false }
        log.append(Write(keys: keys, version: log.count + 1))
        for key in keys { histories[0][key].append((now, log.count)) }
        if !isDeaf { notifications.append(.changed(keys)) }
        return true
    }

    private mutating func ask(_ key: Int, host: Int) -> Bool {
        guard inFlight.count < 2, sent < 3 else { return false }
        sent += 1
        inFlight.append(Query(key: key, host: host, sentAt: now, value: histories[host][key].last!.value))
        return true
    }

    private mutating func arrive(_ place: Int) -> Bool {
        guard place < inFlight.count else { return false }
        let query = inFlight.remove(at: place)
        operations.append(.keep(key: query.key, value: query.value, sentAt: query.sentAt, host: query.host))
        return true
    }

    private mutating func replay() -> Bool {
        guard replayed < log.count else { return false }
        for key in log[replayed].keys { histories[1][key].append((now, log[replayed].version)) }
        replayed += 1
        return true
    }

    private mutating func deliver() -> Bool {
        guard !notifications.isEmpty else { return false }
        switch notifications.removeFirst() {
        case .changed(let keys):
            tell(.changed(table: 1, keys: keys.count > 1 ? nil : keys.map { UInt64($0) << 52 }))
        case .beat(let sent):
            for host in 0...1 {
                tell(.verified(target: 7, host: host, at: Instant(nanoseconds: sent)))
            }
        }
        return true
    }

    // MARK: The promise

    /// Whether the primary had this value at some moment within the bound.
    func isPromised(_ key: Int, _ value: Int) -> Bool {
        let history = histories[0][key]
        return history.indices.contains { place in
            let ended = place + 1 < history.count ? history[place + 1].since : .max
            return history[place].value == value && ended >= now - Self.bound
        }
    }

    /// Whether either host had this value at that moment.
    func had(_ key: Int, _ value: Int, at moment: Int64) -> Bool {
        histories.contains { history in
            history[key].indices.contains { place in
                let ended = place + 1 < history[key].count ? history[key][place + 1].since : .max
                return history[key][place].value == value && history[key][place].since <= moment
                    && ended >= moment
            }
        }
    }

    // MARK: Sameness

    /// All that the future depends on; instants apart.
    var facts: [Int] {
        var facts = [log.count, replayed, isDeaf ? 1 : 0, sent, reloads, fence?.position ?? -1]
        facts += log.flatMap { $0.keys + [-1] }
        facts += inFlight.flatMap { [$0.key, $0.host, $0.value] } + [-2]
        for notification in notifications {
            switch notification {
            case .changed(let keys): facts += keys + [-3]
            case .beat: facts.append(-4)
            }
        }
        return facts
    }

    /// The instants that the future depends on.
    var instants: [Int64] {
        var instants = inFlight.map(\.sentAt) + [fence?.heardBy ?? 0]
        for case .beat(let sent) in notifications { instants.append(sent) }
        instants += fences.flatMap { [$0.heardBy, $0.provenAt] }
        return instants + histories.flatMap { $0.flatMap { $0.map(\.since) } }
    }
}
