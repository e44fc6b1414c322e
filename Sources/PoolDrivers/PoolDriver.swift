// The shell around a target's pool: does what the pool says with real connections, and tells the pool the results.

package import AnswerCache
package import Configuration
package import Databases
package import EventLoop
internal import Logging
package import LookupPool
internal import LookupTables
package import LookupValues
internal import PostgreSQL

/// Answers the lookups of one target's tables, on one worker.
package final class PoolDriver {
    /// So many descriptors ready at once mean that others are by the time that these are done with: it takes some 200 us.
    private static let busyCount = 64

    package let plan: PoolPlan
    /// The plan's tables, and after them those whose "not found" is confirmed once more: asked under that number, they are
    /// asked on the primary only.
    let tables: [TableDefinition]
    let trusted: Set<Int>
    let limits: PoolLimits
    let terms: ConnectionTerms
    let loop: EventLoop
    let connector: Connector
    let log: LookupLog
    let keeper: AnswerKeeper
    let deliver: (Requester, LookupOutcome, _ sentAt: Instant?) -> Void
    var pool: TargetPool
    var connections: [PoolConnection?]
    private var actions: [PoolAction] = []
    /// Counts what has happened so far.
    var counters: PoolCounters
    /// The latest error of each table, and the latest error of connecting to each host.
    var tableErrors: [ServerError?]
    var hostErrors: [ServerError?] {
        didSet { hostReasons = nil }
    }
    /// The latest error of each host, from the server or libpq, as one text. It is made when first needed: in an outage
    /// many lookups are answered with the same text.
    private var hostReasons: String?
    /// The hosts that were reported to let in too few connections.
    var fullHosts: Set<Int> = []
    /// What is known of the latest servers that each host has led to, and the latest number for what connections depend on.
    var knownServers: [[KnownServer]]
    var dependencyNumber = 0
    /// The server whose results are taken in; nil if it is not known.
    var answeringServer: UInt64?
    /// The numbers of the tables in the cache, by the table's index; below 0: its answers are not kept.
    var cached: [Int]
    var cachedTables: [CachedTable?] = []
    /// The tables whose answers are given while no host can be asked.
    var staleTables: [Int] = []
    var outages: OutageWatch

    /// - Parameters:
    ///   - terms: what each connection must keep to.
    ///   - keeper: where answers are kept, of the tables that `keepAnswers` is called with.
    ///   - deliver: is called with each lookup's outcome, and with the time when the query with this outcome was sent, if
    ///     there was one; it may submit and cancel lookups.
    package init(
        plan: PoolPlan, limits: PoolLimits, terms: ConnectionTerms, loop: EventLoop, connector: Connector,
        log: LookupLog, keeper: AnswerKeeper,
        deliver: @escaping (Requester, LookupOutcome, _ sentAt: Instant?) -> Void
    ) {
        self.plan = plan
        let confirmed = plan.confirmed.sorted()
        tables = plan.tables + confirmed.map { plan.tables[$0] }
        trusted = plan.trusted.union(
            confirmed.indices.filter { plan.trusted.contains(confirmed[$0]) }.map { plan.tables.count + $0 })
        self.limits = limits
        self.terms = terms
        self.loop = loop
        self.connector = connector
        self.log = log
        self.keeper = keeper
        self.deliver = deliver
        pool = TargetPool(
            limits: limits, preferences: plan.target.hosts.map(\.preference), tableCount: tables.count,
            confirmed: confirmed, seed: .random(in: .min ... .max))
        let slots = limits.slots(hosts: plan.target.hosts.count)
        connections = Array(repeating: nil, count: slots)
        counters = PoolCounters(plan: plan, connections: slots)
        tableErrors = Array(repeating: nil, count: tables.count)
        hostErrors = Array(repeating: nil, count: plan.target.hosts.count)
        knownServers = Array(repeating: [], count: plan.target.hosts.count)
        cached = Array(repeating: -1, count: tables.count)
        outages = OutageWatch(hosts: plan.target.hosts.count)
    }

    /// Whether a pool made for this plan, these limits and terms would be the same as this one, or could not connect.
    package func serves(_ plan: PoolPlan, _ limits: PoolLimits, _ terms: ConnectionTerms) -> Bool {
        if plan.isHeld { return self.plan.target == plan.target && self.plan.tables == plan.tables }
        // Equal targets may have their hosts in another order, which is what hosts are numbered by.
        return self.plan == plan && self.plan.target.hosts == plan.target.hosts
            && self.limits == limits && self.terms == terms
    }

    // MARK: Lookups

    /// Takes in a lookup whose key the table admits. Its outcome is delivered later, after the next `dispatch`.
    ///
    /// - Parameters:
    ///   - begunAt: when the client's request came, which is to be answered within lookup_timeout.
    ///   - terms: what the cache has said.
    /// - Returns: nil when it has failed at once, with `outcome` set.
    package func submit(
        _ requester: Requester, table: Int, key: Span<UInt8>, begunAt: Instant, _ terms: AskTerms,
        outcome: inout LookupOutcome
    ) -> LookupID? {
        do {
            return try pool.submit(
                requester, table: table, key: key,
                deadline: begunAt.advanced(byNanoseconds: limits.lookupTimeout),
                joinsSentAfter: terms.joinsSentAfter, wantsKeeping: terms.wantsKeeping, now: loop.now)
        } catch {
            outcome = .temporaryFailure(reason(for: error))
            return nil
        }
    }

    package func cancel(_ lookup: LookupID, of requester: Requester) {
        pool.cancel(lookup, of: requester)
    }

    /// Whether a table's queries are known to keep nothing, so that one may be asked for though its answer may not be needed.
    package func isPure(_ table: Int) -> Bool { pool.isPure(table) }

    /// Whether they may be asked in vain.
    package func isFreelyAsked(_ table: Int) -> Bool { pool.isFreelyAsked(table) }

    /// Sends what has gathered, and does what is due. To be called once after each round of events.
    package func dispatch() {
        pool.dispatch(now: loop.now, isBusy: loop.readyCount >= Self.busyCount)
        perform()
    }

    package var nextDeadline: Instant? { pool.nextDeadline(after: loop.now) }

    package func shutDown() {
        pool.shutDown()
    }

    /// Has each connection renewed, one at a time; none is closed before there is another one in its place.
    package func renewConnections() {
        pool.renewConnections(now: loop.now)
    }

    /// Has lookups wait and sends the database no query, until `end` at the latest.
    package func pause(until end: Instant) { pool.pause(until: end) }

    package func resume() { pool.resume(now: loop.now) }

    /// When a pause ends by itself; nil if there is none.
    package var pausedUntil: Instant? { pool.pausedUntil }

    package var isFinished: Bool { pool.isFinished }

    // MARK: Actions

    func perform() {
        var outcomes: QueryOutcomes?
        perform(&outcomes)
    }

    /// Does what the pool says.
    ///
    /// - Parameter outcomes: the outcomes of the result that the pool was told of last.
    func perform(_ outcomes: inout QueryOutcomes?) {
        while !pool.actions.isEmpty {
            var batch = actions
            actions = []
            pool.takeActions(into: &batch)
            for index in batch.indices {
                // Most actions are answers, which are not worth a copy of the action.
                if case .answer(let requester, let answer) = batch[index] {
                    if let requester {
                        deliver(requester, outcomes!.outcome(at: answer.place), answer.sentAt)
                    }
                } else if case .keep(let answer) = batch[index] {
                    keep(answer, outcomes!.outcome(at: answer.place))
                } else {
                    perform(batch[index], &outcomes)
                }
            }
            actions = batch
        }
    }

    private func perform(_ action: PoolAction, _ outcomes: inout QueryOutcomes?) {
        switch action {
        // That is done already.
        case .answer, .keep: break
        case .fail(let requester, .tableUnusable(let table))
        where table >= plan.tables.count && !isStrict(table):
            // What a standby has said stands, as nobody else can be asked.
            deliver(requester, .notFound, nil)
        case .fail(let requester, let failure):
            deliver(requester, .temporaryFailure(reason(for: failure)), nil)
        case .connect(let connection, let host):
            connect(connection, host: host)
        case .close(let connection):
            counters.noteClose(of: connection.slot)
            connections[connection.slot]?.close()
            connections[connection.slot] = nil
        case .prepare(let connection, let table):
            send(on: connection) { $0.prepare(table, tables[table].template) }
        case .check(let connection):
            send(on: connection) { $0.check() }
        case .look(let connection):
            send(on: connection) { $0.look() }
        case .release(let connection, let table, let isArray):
            send(on: connection) { $0.release(table, isArray: isArray) }
        case .reset(let connection, let step):
            send(on: connection) { $0.reset(step) }
        case .send(let connection, let query, let form):
            counters.noteSent(form)
            send(on: connection) { shell in
                let (table, key) = pool.question(of: query)
                return shell.send(key, table: table, tables[table].template, form)
            }
        case .sendArray(let connection, let table, let queries):
            counters.noteArray(of: queries.count)
            send(on: connection) { shell in
                shell.send(table: table, tables[table].template) { body in
                    pool.forEachKey(of: queries, body)
                }
            }
        case .survey(let connection, let table):
            send(on: connection) { $0.survey(table) }
        case .prepareArray(let connection, let table):
            send(on: connection) { $0.prepareArray(table) }
        case .sync(let connection):
            send(on: connection) { $0.endBatch() }
        case .gaveUp(let host):
            counters.noteGivenUp(host: host)
            log.gaveUp(plan.target.hosts[host])
        case .hostHangs(let host):
            log.hostHangs(plan.target.hosts[host])
        case .hostReturned(let host):
            log.hostReturns(plan.target.hosts[host])
        case .renewalFailed(let host):
            log.renewalFailed(plan.target.hosts[host], hostErrors[host])
        case .hostFailed(let host):
            log.hostFailed(plan.target.hosts[host], hostErrors[host])
        case .hostRecovered(let host):
            log.hostRecovered(plan.target.hosts[host])
        case .pauseOver:
            log.pauseOver(plan.name)
        }
    }

    /// Sends, unless an earlier action of this round has shown that the connection is broken: then the pool knows, and has
    /// taken back what was sent.
    private func send(on connection: ConnectionID, _ body: (PoolConnection) -> Bool) {
        guard pool.isCurrent(connection), let shell = connections[connection.slot] else { return }
        if !body(shell) { disconnected(connection, shell.error) }
    }

    /// Whether a lookup fails that no primary could be asked for.
    ///
    /// - Parameter table: the number of a table that is asked on the primary.
    private func isStrict(_ table: Int) -> Bool {
        let asked = plan.confirmed.sorted()[table - plan.tables.count]
        return plan.strictlyConfirmed.contains(asked) && !pool.hasOnlyStandbys
    }

    // MARK: Failures

    private func reason(for failure: PoolFailure) -> String {
        switch failure {
        case .waitingFull: "too many lookups are waiting for the database"
        case .unreachable: unreachable
        case .deadline where pool.isPaused: "the database is paused, and lookup_timeout is over"
        case .deadline: "the database has not answered within lookup_timeout"
        case .connectionsLost: "the database connection was lost again and again"
        case .tableUnusable(let table) where table >= plan.tables.count:
            "a standby does not have the key, and the primary can't be asked"
        case .queryFailed(let table): "query failed: \(tableErrors[table]?.description ?? "")"
        case .tableUnusable(let table): "query can't be prepared: \(tableErrors[table]?.description ?? "")"
        }
    }

    private var unreachable: String {
        if let hostReasons { return hostReasons }
        let errors = hostErrors.compactMap(\.self)
        let reasons = zip(plan.target.hosts, hostErrors).compactMap { host, error in
            error.map { "\(host): \($0)" }
        }
        let found =
            (!errors.isEmpty && errors.allSatisfy(\.isOfFullServer)
                ? "there is no connection left" : "no database host can be reached")
            + (reasons.isEmpty ? "" : ": " + reasons.joined(separator: "; "))
        hostReasons = found
        return found
    }
}
