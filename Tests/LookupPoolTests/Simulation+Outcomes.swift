// What lookups come to, held against what the databases say.

import LookupPool
import LookupValues
import PoolHealth

extension Simulation {
    // MARK: Outcomes

    func keep(_ answer: Answer, _ context: Context) {
        guard case .succeeded(let queries, _, _) = context, queries.indices.contains(answer.place) else {
            return expect(false, "an answer is kept for no reason")
        }
        let query = queries[answer.place]
        expect(setting.sharing != nil && query.wasPure, "an answer is kept that must not be")
        expect(
            answer.query == query.id && answer.table == query.table
                && question(of: query.id) == (query.table, query.key),
            "an answer is kept for another key")
        outcomes["keep", default: 0] += 1
    }

    func answer(_ sequence: UInt32, _ answer: Answer, _ context: Context) {
        guard case .succeeded(let queries, let version, let meaning) = context,
            queries.indices.contains(answer.place),
            let lookup = ledger.lookups[sequence]
        else {
            return expect(false, "lookup \(sequence) has an answer for no reason")
        }
        let query = queries[answer.place]
        expect(lookup.query == query.id && answer.query == query.id, "an answer to another query")
        expect(
            answer.table == query.table && question(of: query.id) == (query.table, query.key),
            "an answer says another table or key than was asked")
        expect(lookup.table == query.table && lookup.key == query.key, "an answer to another question")
        expect(
            answer.sentAt == ledger.queries[query.id]?.sentAt,
            "an answer says another time than it was sent at")
        expect(
            query.sentAt >= lookup.submittedAt && version >= lookup.version,
            "an answer older than its question")
        judge(meaning, of: lookup)
        outcomes["answer", default: 0] += 1
        ledger.remove(sequence)
    }

    /// Whether an answer's meaning is none of so long ago that it must not count any more.
    func judge(_ meaning: SimulatedMeaning, of lookup: LookupLedger.Lookup) {
        guard let freshness = setting.limits.freshness else { return }
        func isOver(_ number: Int, _ changes: [Instant]) -> Bool {
            number + 1 < changes.count && changes[number + 1].advanced(byNanoseconds: freshness) < lookup.at
        }
        expect(!isOver(meaning.schema, schemaChanges), "a statement of long ago")
        // A connection in whose place no other can be made stays.
        guard setting.isPeaceful else { return }
        expect(!isOver(meaning.settings, settingsChanges), "a session of long ago")
    }

    func fail(_ sequence: UInt32, _ failure: PoolFailure, _ context: Context) {
        guard let lookup = ledger.lookups[sequence] else {
            return expect(false, "lookup \(sequence) fails a second time")
        }
        switch (failure, context) {
        case (.deadline, .dispatch):
            // What was never sent is not sent at the last moment.
            let reserve = lookup.query == nil ? setting.limits.lookupTimeout / 10 : 0
            expect(lookup.deadline <= now.advanced(byNanoseconds: reserve), "a deadline comes too early")
            // One that has erred at that host may wait for another one that says nothing.
            let hasErred = lookup.query.map { !ledger.queries[$0]!.erredAt.isEmpty } ?? false
            expect(setting.steadyHost == nil || hasErred, "a deadline though a host can be reached")
        case (.unreachable, .connectFailed), (.unreachable, .disconnected), (.unreachable, .dispatch):
            expect(
                isUnreachable && !isWaitingOut && ledger.isWaiting(sequence),
                "a lookup fails though it could wait")
            expect(setting.steadyHost == nil, "unreachable though a host can be reached")
        case (.connectionsLost, .disconnected), (.connectionsLost, .dispatch):
            let query = ledger.queries[lookup.query!]!
            expect(query.losses == 4 || query.lostHost != nil && hosts.count > 1, "lost too often too early")
        case (.queryFailed(let table), .failed(let query, let host, let failure)):
            expect(lookup.query == query.id && lookup.table == table, "a lookup fails with another's query")
            expectAskedEverywhere(query, ledger.queries[query.id]!.erredAt.union([host]), failure)
        case (.queryFailed(let table), .dispatch):
            expect(lookup.table == table, "a lookup fails with another's query")
            expect(
                !(ledger.queries[lookup.query!]?.erredAt.isEmpty ?? true), "a lookup fails that has not erred"
            )
        case (.unreachable, _) where lookup.query.map { !ledger.queries[$0]!.erredAt.isEmpty } ?? false:
            expect(isUnreachable, "a lookup fails that could be asked elsewhere")
        case (.tableUnusable(let table), .dispatch):
            expect(table == lookup.table && ledger.isWaiting(sequence), "another table is unusable")
            // Those that retire don't count, and can't be told from here: one refusal must be there at least.
            expect(
                links.indices.contains { links[$0] != nil && refused[$0].contains(table) },
                "a table is unusable that nobody has refused")
        default:
            expect(false, "lookup \(sequence) fails with \(failure) in \(context)")
        }
        outcomes["\(failure)".prefix { $0 != "(" }.description, default: 0] += 1
        ledger.remove(sequence)
    }

    /// Whether a query could not be asked at any other host than these: one that is surely there and takes the table's queries.
    func expectAskedEverywhere(
        _ query: SimulatedSession.Query, _ erredAt: Set<Int>, _ failure: StatementFailure
    ) {
        // What a host refuses to prepare is not asked there.
        guard failure == SimulatedSession.erring, setting.isPeaceful, setting.natures[query.table] != .fickle,
            let steady = setting.steadyHost
        else { return }
        expect(
            erredAt.contains(steady) || hosts[steady].capacity < .max || hasFailed[steady],
            "a query fails that host \(steady) would have answered")
    }

    /// Closes the account of a query that has come to its end.
    func settle(_ context: Context) {
        switch context {
        case .succeeded(let queries, _, _):
            for query in queries { finish(query) }
        case .failed(let query, let host, _):
            // It waits for another host, or all that wanted it are told.
            if ledger.queries[query.id]!.lookups.isEmpty {
                finish(query)
            } else {
                ledger.err(query.id, at: host)
            }
        case .connected, .connectFailed, .disconnected, .dispatch, .result:
            break
        }
    }

    func finish(_ query: SimulatedSession.Query) {
        expect(ledger.queries[query.id]!.lookups.isEmpty, "a lookup is not told of its query's end")
        ledger.finish(query.id)
    }
}
