// Every course that a small world can take keeps the promise.

import LookupStatistics
import LookupValues
import Testing

@testable import AnswerCache

@Suite("Model check")
struct ModelCheckTests {
    private struct Course {
        let world: ModelWorld
        let events: [ModelEvent]
    }

    /// What may happen in one exploration, and how many events its courses have.
    struct Scope: CustomTestStringConvertible {
        let testDescription: String
        let events: [ModelEvent]
        let depth: Int
        /// So many different states there are, at least.
        let states: Int
    }

    static let scopes = [
        Scope(
            testDescription: "everything", events: ModelEvent.allCases, depth: 4, states: 19_000),
        Scope(
            testDescription: "a listener that may go deaf",
            events: [
                .writeFirst, .askPrimary, .firstArrives, .secondArrives, .beat, .deliver, .deafen, .reconnect,
            ], depth: 8, states: 20_000),
        Scope(
            testDescription: "a standby that lags",
            events: [
                .writeFirst, .askStandby, .firstArrives, .replay, .beat, .deliver, .beginFence, .endFence,
            ], depth: 7, states: 40_000),
        Scope(
            testDescription: "reloads, evictions and changes of all",
            events: [
                .writeSecond, .writeAll, .askPrimary, .askOther, .firstArrives, .deliver, .evict, .reload,
                .leaveAndReturn, .wait,
            ], depth: 6, states: 20_000),
    ]

    /// Breadth first, so that a failure has the shortest course.
    @Test("In each state that can be reached, what is given was there within the bound", arguments: scopes)
    func exploration(scope: Scope) {
        var reached: Set<[Int]> = []
        var courses = [Course(world: ModelWorld(), events: [])]
        for _ in 0..<scope.depth {
            var next: [Course] = []
            for course in courses {
                for event in scope.events {
                    var world = course.world
                    guard world.happen(event) else { continue }
                    let events = course.events + [event]
                    var cache = cache(after: world.operations)
                    if let fault = fault(of: &cache, in: world) {
                        Issue.record("\(fault) after \(events)")
                        return
                    }
                    if reached.insert(state(of: cache, in: world)).inserted {
                        next.append(Course(world: world, events: events))
                    }
                }
            }
            courses = next
        }
        #expect(reached.count >= scope.states)
    }

    private static let keys = ModelWorld.keys.map { Array("key \($0)".utf8) }

    private func cache(after operations: [CacheOperation]) -> AnswerCache {
        var cache = AnswerCache(seed: 1)
        for operation in operations {
            switch operation {
            case .take(let news, let now): cache.take(news, now: Instant(nanoseconds: now))
            case .keep(let key, let value, let sentAt, let host):
                let outcome = value == 0 ? LookupOutcome.notFound : .found([48 + UInt8(value)])
                let hash = cache.notifiedKey(of: 1) == nil ? nil : UInt64(key) << 52
                let bytes = Self.keys[key]
                cache.keep(
                    outcome, 1, bytes.span, hash: hash, sentAt: Instant(nanoseconds: sentAt),
                    host: host, server: 0)
            case .evict(let key):
                let position = position(of: key, in: cache)
                if position >= 0 { cache.room.remove(position) }
            case .adopt(let now):
                let options = CacheOptions.notified().stale(100, notFound: true)
                cache.adopt(
                    [CachedTable(number: 1, target: 7, options: options)], bytes: 80_000,
                    staleness: ModelWorld.bound, now: Instant(nanoseconds: now))
            case .leave(let now):
                cache.adopt([], bytes: 80_000, staleness: ModelWorld.bound, now: Instant(nanoseconds: now))
            }
        }
        return cache
    }

    private func position(of key: Int, in cache: borrowing AnswerCache) -> Int {
        guard cache.tables.count > 0 else { return -1 }
        let key = Self.keys[key]
        return cache.room.position(0, key.span, cache.hash(0, key.span))
    }

    private func value(_ outcome: LookupOutcome) -> Int {
        if case .found(let value) = outcome { Int(value[0]) - 48 } else { 0 }
    }

    /// What is given, and should not be.
    private func fault(of cache: inout AnswerCache, in world: ModelWorld) -> String? {
        let now = Instant(nanoseconds: world.now)
        for key in ModelWorld.keys {
            let bytes = Self.keys[key]
            if case .kept(let outcome) = cache.find(1, bytes.span, now: now),
                !world.isPromised(key, value(outcome))
            {
                return "key \(key) had \(value(outcome)) too long ago"
            }
            if let stale = cache.findWhileDown(1, bytes.span, now: now),
                !world.had(key, value(stale.outcome), at: stale.verifiedAt.nanoseconds)
            {
                return "key \(key) did not have \(value(stale.outcome)) at \(stale.verifiedAt.nanoseconds)"
            }
        }
        return nil
    }

    /// What two states that have the same future have in common: instants count by their order, and by their age if that is
    /// within the bound.
    private func state(of cache: borrowing AnswerCache, in world: ModelWorld) -> [Int] {
        var facts = world.facts
        let table = cache.tables[0]
        var instants =
            world.instants
            + [table.keepsAfter, table.countsAfter, table.changedAt, table.provenAt].map(\.nanoseconds)
        for host in 0...1 {
            instants += [cache.hosts[host].countsAfter, cache.hosts[host].verifiedAt].map(\.nanoseconds)
        }
        for key in ModelWorld.keys {
            if table.firstStripe >= 0 { instants.append(cache.changes[table.firstStripe + key].nanoseconds) }
            let position = position(of: key, in: cache)
            if position >= 0 {
                let record = cache.room.facts(position)
                facts += [value(cache.room.outcome(record.block)), record.host, record.isProvable ? 1 : 0]
                instants.append(cache.room.sentAt(position).nanoseconds)
            } else {
                facts.append(-5)
            }
        }
        let order = Set(instants).sorted()
        for instant in instants {
            facts.append(order.firstIndex(of: instant)!)
            facts.append(instant < world.now - ModelWorld.bound ? -6 : Int(world.now - instant))
        }
        return facts
    }
}
