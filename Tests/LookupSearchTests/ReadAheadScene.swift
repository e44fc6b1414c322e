// A client that reads ahead, as a transcript shows it: requests, lookups by number, and what becomes of them.

import LookupStatistics
import LookupValues

@testable import LookupSearch

/// Texts stand for bytes, and each lookup has the next number as its token.
struct ReadAheadScene {
    static let millisecond: Int64 = 1_000_000

    var readAhead = ReadAhead()
    var account = ReadAheadAccount(bound: 50 * millisecond)
    private(set) var now = Instant(nanoseconds: 0)
    private(set) var request: UInt32 = 0
    private(set) var lookups: Int32 = 0

    mutating func wait(milliseconds: Int64) {
        now = now.advanced(byNanoseconds: milliseconds * Self.millisecond)
    }

    /// The client's next request.
    mutating func ask(_ key: String, in table: AskedTable = .a) -> ReadAhead.Reply {
        request += 1
        return readAhead.ask(Array(key.utf8).span, in: table, by: request, now: now, &account)
    }

    /// Asks for the first one, and reads the others ahead if it is a beginning.
    ///
    /// - Returns: the number of the request.
    @discardableResult
    mutating func begin(_ keys: String..., in table: AskedTable = .a) -> UInt32 {
        guard ask(keys[0], in: table) == .unknown(isBeginning: true) else {
            preconditionFailure("no beginning")
        }
        let places = readAhead.begin(
            keys.map { Array($0.utf8) }, in: table, by: request, now: now, &account)
        for place in places {
            lookups += 1
            readAhead.noteBegun(LookupToken(pool: 0, lookup: lookups), at: place, by: request, &account)
        }
        return request
    }

    @discardableResult
    mutating func settle(_ outcome: LookupOutcome, at place: Int, of request: UInt32) -> ReadAhead.Settlement
    {
        readAhead.settle(outcome, at: place, of: request, now: now, &account)
    }

    mutating func takeWithdrawn() -> [Int32] { readAhead.takeWithdrawn().map(\.token.lookup) }

    /// Asked, used, thrown away.
    func counts(_ table: AskedTable = .a) -> [Int] {
        let counts = account.counts(ofMap: table.map)
        return [counts.asked, counts.used, counts.thrownAway]
    }
}

extension AskedTable {
    static let a = AskedTable(map: 0, folding: 0)
    static let aFolded = AskedTable(map: 0, folding: 1)
    static let b = AskedTable(map: 1, folding: 0)
}

extension LookupOutcome {
    static func text(_ value: String) -> LookupOutcome { .found(Array(value.utf8)) }
}
