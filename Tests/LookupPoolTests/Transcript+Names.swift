// The names that transcripts have for queries, connections and actions.

import LookupValues
import PoolHealth
import Testing

@testable import LookupPool

extension Transcript {
    // MARK: Names

    /// - Parameter part: which of the latest request's lookups it is; 0: it is a request's only one.
    func submit(
        _ key: String, isForNobody: Bool = false, deadline: Instant? = nil, part: UInt16 = 0,
        joinsSentAfter: Instant = .distantFuture, wantsKeeping: Bool = true
    ) -> [String] {
        if part < 2 { submitted += 1 }
        let parts = key.split(separator: "@")
        do {
            let requester = isForNobody ? nil : Requester(client: 7, sequence: UInt32(submitted), part: part)
            let deadline = deadline ?? now.advanced(byNanoseconds: lookupTimeout)
            lookups[submitted] = try pool.submit(
                requester, table: parts.count > 1 ? Int(parts[1])! : 0, key: Array(parts[0].utf8).span,
                deadline: deadline, joinsSentAfter: joinsSentAfter, wantsKeeping: wantsKeeping, now: now)
            return takeActions()
        } catch {
            return ["refused \(error)"]
        }
    }

    private func name(_ requester: Requester) -> String {
        requester.part == 0 ? "\(requester.sequence)" : "\(requester.sequence).\(requester.part)"
    }

    func connection(_ slot: String) -> ConnectionID { current[Int(slot)!]! }

    func failure(_ name: String) -> StatementFailure {
        switch name {
        case "missing": StatementFailure(sqlState: "26000")
        case "cancelled": StatementFailure(sqlState: "57014")
        case "parameters": StatementFailure(sqlState: "42P18")
        case "other": StatementFailure(sqlState: "P0001")
        case let state where state.count == 5: StatementFailure(sqlState: state)
        default: preconditionFailure("there is no failure \(name)")
        }
    }

    func name(_ query: QueryID) -> String {
        let (table, key) = pool.question(of: query)
        return String(decoding: key, as: UTF8.self) + (table > 0 ? "@\(table)" : "")
    }

    func name(_ inFlight: InFlight) -> String {
        switch inFlight {
        case .query(let query): name(query)
        case .array(let table, let queries): "\(queries.count) of table \(table)"
        case .preparation(let table): "table \(table)"
        case .survey(let table): "survey of table \(table)"
        case .arrayPreparation(let table): "array of table \(table)"
        case .check: "check"
        case .look: "look"
        case .reset(let step, let table): "reset \(step) after table \(table.map(String.init) ?? "any")"
        case .release(let table, let isArray): "release \(isArray ? "array of " : "")\(table)"
        case .sync: "sync"
        }
    }

    func takeActions() -> [String] {
        var actions: [PoolAction] = []
        pool.takeActions(into: &actions)
        // What lets go of a statement has a batch of its own.
        while let place = actions.firstIndex(where: { if case .release = $0 { true } else { false } }) {
            actions.removeSubrange(place...place + 1)
        }
        if !tellsReturns { actions.removeAll { if case .hostReturned = $0 { true } else { false } } }
        return actions.map { describe($0) }
    }

    func describe(_ action: PoolAction) -> String {
        switch action {
        case .connect(let connection, let host):
            current[connection.slot] = connection
            return "connect \(connection.slot) to \(host)"
        case .close(let connection): return "close \(named(connection))"
        case .prepare(let connection, let table): return "prepare \(table) on \(named(connection))"
        case .check(let connection): return "check \(named(connection))"
        case .look(let connection): return "look \(named(connection))"
        case .release(let connection, let table, let isArray):
            return "release \(isArray ? "array of " : "")\(table) on \(named(connection))"
        case .reset(let connection, let step): return "reset \(step) \(named(connection))"
        case .send(let connection, let query, let form):
            let form = form == .prepared ? "" : " \(form)"
            return "send \(name(query))\(form) on \(named(connection))"
        case .sendArray(let connection, let table, let queries):
            #expect(queries.allSatisfy { pool.question(of: $0).table == table })
            return "send \(queries.map { name($0) }.joined(separator: "+")) on \(named(connection))"
        case .survey(let connection, let table): return "survey \(table) on \(named(connection))"
        case .prepareArray(let connection, let table):
            return "prepare array of \(table) on \(named(connection))"
        case .sync(let connection): return "sync \(named(connection))"
        case .answer(nil, _): return "answer nobody"
        case .answer(let requester?, _): return "answer \(name(requester))"
        case .keep(let answer): return "keep \(name(answer.query))"
        case .fail(let requester, .queryFailed): return "fail \(name(requester)) queryFailed"
        case .fail(let requester, let failure): return "fail \(name(requester)) \(failure)"
        case .gaveUp(let host): return "gave up \(host)"
        case .hostHangs(let host): return "host \(host) hangs"
        case .hostReturned(let host): return "host \(host) returns"
        case .renewalFailed(let host): return "renewal fails at \(host)"
        case .hostFailed(let host): return "host \(host) failed"
        case .hostRecovered(let host): return "host \(host) recovered"
        case .pauseOver: return "pause over"
        }
    }

    /// A connection's slot; marked where the pool means one that is gone.
    func named(_ connection: ConnectionID) -> String {
        current[connection.slot] == connection ? "\(connection.slot)" : "\(connection.slot), gone"
    }
}
