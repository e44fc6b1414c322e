// What a pool owes to whom: an account of lookups and queries that is kept from outside, by the rules alone.

import LookupPool
import LookupValues

/// The lookups without an answer, and which of them share a query.
struct LookupLedger {
    struct Lookup {
        let id: LookupID
        let table: Int
        let key: Int
        let deadline: Instant
        /// The simulation's step, and the version of the database: of what it shares, if it shares a query in flight.
        var submittedAt: Int
        var version: Int
        let at: Instant
        /// The query that was sent for it.
        var query: QueryID?
    }

    /// A query that was sent at least once.
    struct Query {
        let table: Int
        let key: Int
        var lookups: [UInt32]
        var isInFlight = true
        var losses = 0
        var lostHost: Int?
        /// Where it has erred: it waits apart from the others then.
        var erredAt: Set<Int> = []
        var sentAt: Instant
        /// The simulation's step, and the version of the database, when it was sent last.
        var sentIn = (step: 0, version: 0)
    }

    /// Lookups that wait together for their first sending.
    private struct Fresh {
        let key: Int
        var lookups: [UInt32]
        /// Whether equal lookups may share it.
        let isShareable: Bool
    }

    private(set) var lookups: [UInt32: Lookup] = [:]
    private(set) var queries: [QueryID: Query] = [:]
    /// For each table, what was never sent and what is to be sent again, in order.
    private var fresh: [[Fresh]]
    private var again: [[QueryID]]
    private var elsewhere: Set<QueryID> = []
    private(set) var joined = 0

    init(tableCount: Int) {
        fresh = Array(repeating: [], count: tableCount)
        again = Array(repeating: [], count: tableCount)
    }

    var waiting: Int {
        fresh.reduce(0) { $0 + $1.reduce(0) { $0 + $1.lookups.count } }
            + again.reduce(0) { $0 + $1.reduce(0) { $0 + queries[$1]!.lookups.count } }
            + elsewhere.reduce(0) { $0 + queries[$1]!.lookups.count }
    }

    func isWaiting(_ sequence: UInt32) -> Bool {
        lookups[sequence]!.query.map { !queries[$0]!.isInFlight } ?? true
    }

    /// - Parameter isPure: whether equal lookups of the table may share a query now.
    mutating func submit(_ sequence: UInt32, _ lookup: Lookup, isPure: Bool) {
        lookups[sequence] = lookup
        let index = fresh[lookup.table].firstIndex { $0.key == lookup.key && $0.isShareable }
        if isPure, let index {
            fresh[lookup.table][index].lookups.append(sequence)
            joined += 1
        } else {
            fresh[lookup.table].append(
                Fresh(key: lookup.key, lookups: [sequence], isShareable: isPure))
        }
    }

    /// A lookup shares a query in flight.
    ///
    /// - Parameter since: it must have been sent after that.
    /// - Returns: what is wrong with that.
    mutating func share(_ sequence: UInt32, _ lookup: Lookup, _ id: QueryID, since: Instant) -> String? {
        let query = queries[id]!
        lookups[sequence] = lookup
        lookups[sequence]!.query = id
        lookups[sequence]!.submittedAt = query.sentIn.step
        lookups[sequence]!.version = query.sentIn.version
        queries[id]!.lookups.append(sequence)
        joined += 1
        if query.sentAt <= since { return "it shares a query that was sent too long ago" }
        return query.table == lookup.table && query.key == lookup.key ? nil : "it shares another question"
    }

    /// Notes in which step a query was sent, and at which version of the database.
    mutating func noteSending(_ id: QueryID, step: Int, version: Int) {
        queries[id]?.sentIn = (step, version)
    }

    /// A query is sent: the first that is to be sent again, or else the first that never was; or one that has erred.
    ///
    /// - Parameter isPure: whether equal lookups may share it where it goes to: else each has its own.
    /// - Returns: what is wrong with that.
    mutating func send(
        _ id: QueryID, table: Int, key: Int, to host: Int, isPure: Bool, at now: Instant
    ) -> String? {
        if elsewhere.remove(id) != nil {
            queries[id]!.isInFlight = true
            queries[id]!.sentAt = now
            let query = queries[id]!
            if query.erredAt.contains(host) { return "asked again where it has erred" }
            return query.table == table && query.key == key ? nil : "sent with another question"
        }
        if let first = again[table].first {
            guard first == id else { return "sent before one that was sent before" }
            again[table].removeFirst()
            queries[id]!.isInFlight = true
        } else {
            guard let first = fresh[table].first else { return "sent though nothing waits" }
            guard first.key == key else { return "sent out of turn" }
            guard queries[id] == nil else { return "sent twice" }
            fresh[table].removeFirst()
            queries[id] = Query(table: table, key: key, lookups: first.lookups, sentAt: now)
            for sequence in first.lookups { lookups[sequence]!.query = id }
        }
        queries[id]!.sentAt = now
        if !isPure {
            for sequence in queries[id]!.lookups.dropFirst() {
                fresh[table].append(Fresh(key: key, lookups: [sequence], isShareable: false))
                lookups[sequence]!.query = nil
            }
            queries[id]!.lookups = Array(queries[id]!.lookups.prefix(1))
        }
        let query = queries[id]!
        return query.table == table && query.key == key ? nil : "sent with another question"
    }

    /// A query has erred at a host, and waits for another one if its lookups are not told now.
    mutating func err(_ id: QueryID, at host: Int) {
        queries[id]!.isInFlight = false
        queries[id]!.erredAt.insert(host)
        elsewhere.insert(id)
    }

    /// A query in flight has failed or is lost, and is sent again if anybody still wants it.
    mutating func requeue(_ id: QueryID, lostAt host: Int? = nil) {
        let query = queries[id]!
        if query.lookups.isEmpty {
            queries[id] = nil
        } else {
            queries[id]!.isInFlight = false
            if host != nil {
                queries[id]!.losses += 1
                queries[id]!.lostHost = host
            }
            if query.erredAt.isEmpty { again[query.table].append(id) } else { elsewhere.insert(id) }
        }
    }

    /// A query in flight has come to its end, and all that is still in the account with it should have been told.
    mutating func finish(_ id: QueryID) {
        elsewhere.remove(id)
        queries[id] = nil
    }

    /// A lookup is answered, has failed or is cancelled.
    mutating func remove(_ sequence: UInt32) {
        let lookup = lookups.removeValue(forKey: sequence)!
        if let id = lookup.query {
            queries[id]!.lookups.removeAll { $0 == sequence }
            guard !queries[id]!.isInFlight, queries[id]!.lookups.isEmpty else { return }
            again[lookup.table].removeAll { $0 == id }
            elsewhere.remove(id)
            queries[id] = nil
        } else {
            let index = fresh[lookup.table].firstIndex { $0.lookups.contains(sequence) }!
            fresh[lookup.table][index].lookups.removeAll { $0 == sequence }
            if fresh[lookup.table][index].lookups.isEmpty { fresh[lookup.table].remove(at: index) }
        }
    }
}
