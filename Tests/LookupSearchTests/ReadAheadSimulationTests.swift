// Clients that ask anything in any order, against a model that knows only what was asked, begun and found, and when.

import LookupStatistics
import LookupValues
import Testing

@testable import LookupSearch

@Suite("Any clients that read ahead")
struct ReadAheadSimulationTests {
    @Test(
        "Are given what was found for that key, table and client, once, within the bound, by bounded memory",
        arguments: 0..<30 as Range<UInt64>)
    func anything(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let limit = [2_000, 10_000, ReadAheadAccount.workerLimit].randomElement(using: &random)!
        var account = ReadAheadAccount(bound: 50, limit: limit)
        var clients = (0..<4).map { SimulatedReader(number: $0, map: 2 * $0) }
        var now = Instant(nanoseconds: 0)
        for _ in 0..<1_500 {
            let index = Int.random(in: clients.indices, using: &random)
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<45: clients[index].ask(now: now, &account, &random)
            case 45..<85: clients[index].settle(now: now, &account, &random)
            case 85..<97: now = now.advanced(byNanoseconds: .random(in: 0...30, using: &random))
            case 97: clients[index].expire(now: now, &account)
            case 98 where Int.random(in: 0..<20, using: &random) == 0: clients[index].end(now: now, &account)
            default: break
            }
            #expect(account.bytes == clients.reduce(0) { $0 + $1.readAhead.bytes })
            #expect(account.bytes <= limit)
            for client in clients {
                #expect(client.readAhead.bytes <= 4_096)
                #expect(client.readAhead.bytes >= client.leastBytes)
            }
        }
        for index in clients.indices { clients[index].end(now: now, &account) }
        #expect(account.bytes == 0)
        for client in clients {
            for map in client.maps {
                let counts = account.counts(ofMap: map)
                #expect(counts.asked == client.lookups.count { $0.table.map == map })
                #expect(counts.used == client.lookups.count { $0.table.map == map && $0.fate == .used })
                #expect(counts.asked == counts.used + counts.thrownAway)
            }
        }
        #expect(clients.contains { $0.lookups.contains { $0.fate == .used } })
    }
}

/// A client, and what is known of its lookups by what it was told itself.
private struct SimulatedReader {
    struct Lookup {
        enum Fate {
            /// The client was not given its outcome, and nobody has said that it isn't needed.
            case open
            case used
            /// A request waits for it.
            case awaited
            case withdrawn
            /// It has failed.
            case failed
        }

        let table: AskedTable
        let key: [UInt8]
        let request: UInt32
        let place: Int
        let begunAt: Instant
        var outcome: LookupOutcome?
        var fate = Fate.open
    }

    private let number: Int
    let maps: Range<Int>
    var readAhead = ReadAhead()
    private(set) var lookups: [Lookup] = []
    private var request: UInt32 = .max - 50
    /// What is left of each search by SEARCH's rule, and its first key.
    private var searches: [(table: AskedTable, rest: [[UInt8]], request: UInt32, begunAt: Instant)] = []
    private var firstKey: [UInt8] = []
    /// The time of the latest request for the first key in each table.
    private var latestQuestion: [AskedTable: Instant] = [:]
    /// The requests that wait for a lookup of their own, which is not simulated but for its outcome.
    private var own: [UInt32] = []

    init(number: Int, map: Int) {
        self.number = number
        maps = map..<map + 2
    }

    /// Keys and values that must be kept, as they may be used.
    var leastBytes: Int {
        lookups.reduce(0) { $0 + ($1.fate == .awaited ? $1.key.count : 0) }
    }

    // MARK: Requests

    mutating func ask(now: Instant, _ account: inout ReadAheadAccount, _ random: inout SplitMix64) {
        let (table, key) = nextRequest(&random)
        request &+= 1
        let isStep = searches.contains { $0.table == table && $0.rest.first == key }
        let reply = readAhead.ask(key.span, in: table, by: request, now: now, &account)
        follow(table, key, now: now, isStep: isStep)
        switch reply {
        case .answered(let outcome):
            #expect(isStep)
            use(outcome, table, key, now: now)
            note(outcome, of: request)
        case .waits(let token):
            #expect(isStep)
            let index = Int(token.lookup)
            #expect(
                token.pool == Int32(number) && lookups[index].fate == .open && lookups[index].outcome == nil)
            #expect(lookups[index].table == table && lookups[index].key == key)
            #expect(now <= lookups[index].begunAt.advanced(byNanoseconds: 50))
            lookups[index].fate = .awaited
            awaiting[index] = request
        case .unknown(let isBeginning):
            #expect(isBeginning == !isStep)
            if isBeginning, Int.random(in: 0..<4, using: &random) > 0 {
                begin(table, key, now: now, &account, &random)
            }
            own.append(request)
        }
        takeWithdrawn()
    }

    /// Which request waits for a lookup.
    private var awaiting: [Int: UInt32] = [:]

    private func nextRequest(_ random: inout SplitMix64) -> (AskedTable, [UInt8]) {
        let table = AskedTable(
            map: .random(in: maps, using: &random), folding: .random(in: 0...1, using: &random))
        let open = searches.filter { !$0.rest.isEmpty }
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<6:
            if let search = open.randomElement(using: &random) { return (search.table, search.rest[0]) }
        case 6..<8:
            if !firstKey.isEmpty { return (table, firstKey) }
        case 8:
            if let search = open.randomElement(using: &random) {
                return (table, search.rest.randomElement(using: &random)!)
            }
        default:
            break
        }
        return (table, [UInt8](repeating: .random(in: 97...99, using: &random), count: 3))
    }

    /// Notes what SEARCH's rule says of a request.
    private mutating func follow(_ table: AskedTable, _ key: [UInt8], now: Instant, isStep: Bool) {
        if let search = searches.firstIndex(where: { $0.table == table && $0.rest.first == key }) {
            searches[search].rest.removeFirst()
            searches[search].request = request
        } else {
            latestQuestion[table] = now
            let isOther = key == firstKey && !searches.contains { $0.table == table }
            if !isOther { searches = [] }
        }
        forgetFinished()
    }

    private mutating func forgetFinished() {
        if searches.allSatisfy(\.rest.isEmpty) {
            searches = []
            firstKey = []
        }
    }

    private mutating func begin(
        _ table: AskedTable, _ key: [UInt8], now: Instant, _ account: inout ReadAheadAccount,
        _ random: inout SplitMix64
    ) {
        let length = [1, 20, 900].randomElement(using: &random)!
        let keys =
            [key]
            + (0..<Int.random(in: 0...5, using: &random)).map {
                key + [UInt8(ascii: "0") + UInt8($0)] + [UInt8](repeating: 46, count: length)
            }
        let places = readAhead.begin(keys, in: table, by: request, now: now, &account)
        if places.isEmpty { return }
        #expect(places == 1..<keys.count)
        searches.append((table, Array(keys.dropFirst()), request, now))
        firstKey = key
        for place in places where Int.random(in: 0..<8, using: &random) > 0 {
            let token = LookupToken(pool: Int32(number), lookup: Int32(lookups.count))
            lookups.append(
                Lookup(table: table, key: keys[place], request: request, place: place, begunAt: now))
            readAhead.noteBegun(token, at: place, by: request, &account)
        }
    }

    // MARK: Outcomes

    /// Gives an outcome to a lookup of its own, or to one begun ahead.
    mutating func settle(now: Instant, _ account: inout ReadAheadAccount, _ random: inout SplitMix64) {
        let outcome: LookupOutcome =
            switch Int.random(in: 0..<8, using: &random) {
            case 0..<5: .notFound
            case 5: .temporaryFailure("down")
            default: .found([UInt8](repeating: 118, count: .random(in: 1...1_500, using: &random)))
            }
        if Bool.random(using: &random), !own.isEmpty {
            let request = own.remove(at: .random(in: own.indices, using: &random))
            readAhead.noteAnswer(to: request, outcome, now: now, &account)
            note(outcome, of: request)
        } else {
            let open = lookups.indices.filter {
                lookups[$0].outcome == nil && [.open, .awaited].contains(lookups[$0].fate)
            }
            guard let index = open.randomElement(using: &random) else { return }
            settle(index, outcome, now: now, &account)
        }
        takeWithdrawn()
    }

    private mutating func settle(
        _ index: Int, _ outcome: LookupOutcome, now: Instant, _ account: inout ReadAheadAccount
    ) {
        lookups[index].outcome = outcome
        let lookup = lookups[index]
        let settlement = readAhead.settle(
            outcome, at: lookup.place, of: lookup.request, now: now, &account)
        guard lookup.fate == .awaited else {
            #expect(settlement == .taken)
            return
        }
        let request = awaiting.removeValue(forKey: index)!
        if case .temporaryFailure = outcome {
            #expect(settlement == .asksAnew(request, lookup.table, key: lookup.key))
            lookups[index].fate = .failed
            own.append(request)
        } else {
            #expect(settlement == .answers(request))
            lookups[index].fate = .used
            note(outcome, of: request)
        }
    }

    /// A request is answered: what is found ends its search.
    private mutating func note(_ outcome: LookupOutcome, of request: UInt32) {
        guard case .found = outcome, let search = searches.firstIndex(where: { $0.request == request }) else {
            return
        }
        searches[search].rest = []
        forgetFinished()
    }

    private mutating func use(_ outcome: LookupOutcome, _ table: AskedTable, _ key: [UInt8], now: Instant) {
        let index = lookups.firstIndex {
            $0.fate == .open && $0.outcome == outcome && $0.table == table && $0.key == key
                && now <= $0.begunAt.advanced(byNanoseconds: 50) && latestQuestion[table]! <= $0.begunAt
        }
        guard let index else {
            Issue.record("\(key) was answered with \(outcome), which was not found for it in time")
            return
        }
        lookups[index].fate = .used
    }

    // MARK: Ends

    mutating func expire(now: Instant, _ account: inout ReadAheadAccount) {
        readAhead.expire(now: now, &account)
        if searches.allSatisfy({ now > $0.begunAt.advanced(byNanoseconds: 50) }) {
            searches = []
            firstKey = []
        }
        takeWithdrawn()
    }

    mutating func end(now: Instant, _ account: inout ReadAheadAccount) {
        readAhead.end(now: now, &account)
        #expect(readAhead.isEmpty && readAhead.bytes == 0)
        takeWithdrawn(from: [.open, .awaited])
        for index in lookups.indices where lookups[index].outcome == nil {
            #expect(lookups[index].fate == .withdrawn, "a lookup was neither used nor withdrawn")
        }
        searches = []
        firstKey = []
        own = []
        awaiting = [:]
    }

    private mutating func takeWithdrawn(from fates: Set<Lookup.Fate> = [.open]) {
        for withdrawn in readAhead.takeWithdrawn() {
            let index = Int(withdrawn.token.lookup)
            #expect(fates.contains(lookups[index].fate) && lookups[index].outcome == nil)
            #expect(lookups[index].request == withdrawn.request && lookups[index].place == withdrawn.place)
            lookups[index].fate = .withdrawn
        }
    }
}
