// A simulation of time: a pool whose servers take as long as they do, with tables that are locked or slow among quick ones.

import LookupValues
import PoolHealth

@testable import LookupPool

/// Everything in it happens at a time that its seed determines. It holds the pool to what the manual says of quick tables.
final class SlowTableSimulation {
    /// The pool's end of one connection, and what the server has said or will say on it.
    struct Link {
        let id: ConnectionID
        var isEstablished = false
        var connectsAt: Instant
        var open: [Statement] = []
        /// When the server is through with what it has been sent.
        var freeAt: Instant
        var results: [(at: Instant, Result)] = []
        var stale: Set<Int> = []
    }

    enum Statement {
        case query(QueryID, QueryForm, table: Int)
        case array([QueryID], table: Int)
        case preparation(table: Int)
        case arrayPreparation(table: Int)
        case survey(table: Int)
        case check
        case look
        case reset
    }

    enum Result {
        case succeeded, surveyed, looked, aborted, synced
        case failed(StatementFailure)
    }

    struct Client {
        let table: Int
        /// When it asks next; nil: it waits for an answer.
        var asksAt: Instant?
        var askedAt = Instant(nanoseconds: 0)
    }

    let seed: UInt64
    let scene: SlowTableScene
    var random: SplitMix64
    var pool: TargetPool
    var now: Instant
    var links: [Link?]
    var clients: [Client] = []
    var staleAt: Instant?
    /// The longest that a lookup of a quick table took, in nanoseconds, and when that was.
    private(set) var longest: (taken: Int64, at: Instant) = (0, Instant(nanoseconds: 0))
    /// Answers of quick tables in each whole second from the trouble's beginning, and those of the tables in trouble.
    private(set) var quickAnswers: [Int: Int] = [:]
    private(set) var troubledAnswers: [Int: Int] = [:]
    private(set) var failures = 0
    private(set) var givenUp = 0

    init(seed: UInt64, _ scene: (inout SplitMix64) -> SlowTableScene) {
        self.seed = seed
        random = SplitMix64(seed: seed)
        self.scene = scene(&random)
        pool = TargetPool(
            limits: self.scene.limits, preferences: [0], tableCount: self.scene.tables.count,
            seed: random.next())
        now = Instant(nanoseconds: 0)
        links = Array(repeating: nil, count: self.scene.limits.slots(hosts: 1))
        if self.scene.isCold { now = self.scene.begin }
        if self.scene.staleEvery > 0 { staleAt = now }
        for (table, what) in self.scene.tables.enumerated() {
            for _ in 0..<what.clients { clients.append(Client(table: table, asksAt: now)) }
        }
    }

    /// Goes on until the trouble has been over for some seconds.
    func run() {
        let end = scene.end.advanced(byNanoseconds: 7 * SlowTableScene.second)
        while now < end { step() }
        for client in clients where isQuick(client.table) && client.asksAt == nil {
            note(now.nanoseconds - client.askedAt.nanoseconds)
        }
    }

    func isQuick(_ table: Int) -> Bool { scene.tables[table].trouble == nil }

    func step() {
        var next = pool.nextDeadline(after: now)
        func consider(_ instant: Instant?) {
            if let instant { next = next.map { min($0, instant) } ?? instant }
        }
        for client in clients { consider(client.asksAt) }
        for case let link? in links {
            consider(link.isEstablished ? link.results.first?.at : link.connectsAt)
        }
        consider(staleAt)
        now = max(now, next!)
        for slot in links.indices { wake(slot) }
        for client in clients.indices {
            if let asksAt = clients[client].asksAt, asksAt <= now { ask(client) }
        }
        if let due = staleAt, due <= now {
            staleAt = after(upTo: Int64(scene.staleEvery) * 2 * SlowTableScene.millisecond)
            let table = random.below(scene.tables.count)
            for slot in links.indices { links[slot]?.stale.insert(table) }
        }
        pool.dispatch(now: now)
        perform()
    }

    func after(upTo nanoseconds: Int64) -> Instant {
        now.advanced(byNanoseconds: Int64.random(in: 1...nanoseconds, using: &random))
    }

    // MARK: Clients

    func ask(_ client: Int) {
        clients[client].asksAt = nil
        clients[client].askedAt = now
        let key = (0..<8).map { _ in UInt8(random.below(256)) }
        do {
            _ = try pool.submit(
                Requester(client: UInt32(client), sequence: 0), table: clients[client].table, key: key.span,
                now: now)
        } catch {
            noteAnswer(client, isFailure: true)
        }
    }

    func noteAnswer(_ client: Int, isFailure: Bool) {
        let second = Int((now.nanoseconds - scene.begin.nanoseconds) / SlowTableScene.second)
        if isQuick(clients[client].table) {
            if isFailure { failures += 1 } else { quickAnswers[second, default: 0] += 1 }
            note(now.nanoseconds - clients[client].askedAt.nanoseconds)
        } else if !isFailure {
            troubledAnswers[second, default: 0] += 1
        }
        clients[client].asksAt = after(upTo: scene.thinkTime)
    }

    func note(_ taken: Int64) {
        if taken > longest.taken { longest = (taken, now) }
    }

    // MARK: Connections

    func wake(_ slot: Int) {
        guard let link = links[slot] else { return }
        if !link.isEstablished {
            guard link.connectsAt <= now else { return }
            links[slot]!.isEstablished = true
            pool.connected(link.id, roundTrip: scene.roundTrip, dependencies: (1, now), now: now)
            return perform()
        }
        while links[slot]?.id == link.id, let first = links[slot]!.results.first, first.at <= now {
            links[slot]!.results.removeFirst()
            switch first.1 {
            case .succeeded: pool.succeeded(on: link.id, now: now)
            case .looked: pool.looked(on: link.id, hasChanged: false, now: now)
            case .surveyed: pool.surveyed(on: link.id, isPossible: true, now: now)
            case .aborted: pool.aborted(on: link.id, now: now)
            case .failed(let failure): pool.failed(on: link.id, failure, now: now)
            case .synced: pool.synced(on: link.id, now: now)
            }
            perform()
        }
    }

    func perform() {
        var actions: [PoolAction] = []
        pool.takeActions(into: &actions)
        for action in actions {
            switch action {
            case .connect(let id, _):
                links[id.slot] = Link(
                    id: id, connectsAt: after(upTo: 10 * SlowTableScene.millisecond), freeAt: now)
            case .close(let id):
                links[id.slot] = nil
            case .prepare(let id, let table):
                links[id.slot]!.open.append(.preparation(table: table))
            case .check(let id):
                links[id.slot]!.open.append(.check)
            case .look(let id):
                links[id.slot]!.open.append(.look)
            case .release(let id, _, _), .reset(let id, _):
                links[id.slot]!.open.append(.reset)
            case .send(let id, let query, let form):
                links[id.slot]!.open.append(.query(query, form, table: pool.question(of: query).table))
            case .sendArray(let id, let table, let queries):
                links[id.slot]!.open.append(.array(queries, table: table))
            case .survey(let id, let table):
                links[id.slot]!.open.append(.survey(table: table))
            case .prepareArray(let id, let table):
                links[id.slot]!.open.append(.arrayPreparation(table: table))
            case .sync(let id):
                execute(on: id.slot)
            case .answer(let requester, _):
                noteAnswer(Int(requester!.client), isFailure: false)
            case .fail(let requester, _):
                noteAnswer(Int(requester.client), isFailure: true)
            case .gaveUp:
                givenUp += 1
            case .hostHangs, .hostReturned, .hostFailed, .hostRecovered, .renewalFailed, .pauseOver, .keep:
                break
            }
        }
    }

    // MARK: The server

    /// Executes a batch, whose results all come with its end.
    func execute(on slot: Int) {
        let half = scene.roundTrip / 2
        var time = max(links[slot]!.freeAt, now.advanced(byNanoseconds: half))
        var results: [Result] = []
        var isAborting = false
        for statement in links[slot]!.open {
            if isAborting {
                results.append(.aborted)
                continue
            }
            let taken = duration(of: statement, at: time)
            time = time.advanced(byNanoseconds: min(taken, scene.queryTimeout))
            let result =
                taken > scene.queryTimeout
                ? .failed(StatementFailure(sqlState: "57014")) : result(of: statement, on: slot)
            if case .failed = result { isAborting = true }
            results.append(result)
        }
        results.append(.synced)
        links[slot]!.open = []
        links[slot]!.freeAt = time
        let arrival = time.advanced(byNanoseconds: half)
        links[slot]!.results += results.map { (arrival, $0) }
    }

    func result(of statement: Statement, on slot: Int) -> Result {
        switch statement {
        case .query(_, .prepared, let table), .array(_, let table):
            return links[slot]!.stale.contains(table)
                ? .failed(StatementFailure(sqlState: "0A000")) : .succeeded
        case .preparation(let table), .arrayPreparation(let table):
            links[slot]!.stale.remove(table)
            return .succeeded
        case .survey: return .surveyed
        case .look: return .looked
        case .query, .check, .reset: return .succeeded
        }
    }

    func duration(of statement: Statement, at time: Instant) -> Int64 {
        switch statement {
        case .query(_, _, let table):
            delay(of: table, at: time, executions: 1, isArray: false) + someTime(30_000)
        case .array(let queries, let table):
            delay(of: table, at: time, executions: queries.count, isArray: true)
                + someTime(10_000 * Int64(queries.count))
        case .preparation(let table), .arrayPreparation(let table), .survey(let table):
            // A survey may have to plan the query.
            delay(of: table, at: time, executions: 0, isArray: false) + someTime(100_000)
        case .check, .look, .reset: someTime(10_000)
        }
    }

    func someTime(_ usual: Int64) -> Int64 {
        Int64.random(in: usual / 2...usual * 3, using: &random)
    }

    /// What a table's trouble costs a statement that is begun now.
    func delay(of table: Int, at time: Instant, executions: Int, isArray: Bool) -> Int64 {
        guard let trouble = scene.tables[table].trouble, scene.isTroubled(at: time) else { return 0 }
        switch trouble {
        case .lock: return scene.end.nanoseconds - time.nanoseconds
        case .costlyTogether where !isArray: return 0
        case .slow(let range), .costlyTogether(let range):
            return (0..<executions).reduce(0) { sum, _ in sum + Int64.random(in: range, using: &random) }
        case .partlySlow(let range, let one):
            return (0..<executions).reduce(0) { sum, _ in
                random.once(in: one) ? sum + Int64.random(in: range, using: &random) : sum
            }
        }
    }
}
