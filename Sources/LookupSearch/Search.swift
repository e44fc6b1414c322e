// One question that is asked by several keys, of one table or more.

package import LookupValues

/// The search of a map for a key. All tables are asked for the first key before any counts for the second one, as in
/// maps_find(3), but what is asked for goes out together: outcomes may come in any order.
///
/// A *place* is a key and a table: the places of the first key, in the order of the tables, then those of the second.
///
///     while true { switch search.next() {
///     case .ask(let places): ask for each, and `note` each outcome
///     case .wait: return, and go on when an outcome has been noted
///     case .answer: that is the end; what else was asked for is not needed any more
///
/// Names can have many parents: the places come in portions.
package struct Search: Sendable {
    /// The most places of a portion.
    private static let portion = 32

    /// What is to be done next.
    package enum Step: Equatable, Sendable {
        /// Ask for these places.
        case ask(Range<Int>)
        /// Wait for the outcome of a place.
        case wait
        /// The search is over.
        ///
        /// - Parameter place: the place that has decided; nil if the keys have come to their end.
        case answer(LookupOutcome, place: Int?)
    }

    private var rest: SearchKeys
    private let tableCount: Int
    private let isSerial: Bool
    /// The keys asked for until now.
    package private(set) var keys: [SearchKey] = []
    /// The outcomes of the places asked for; nil: it has not come.
    private var outcomes: [LookupOutcome?] = []
    /// All places before this one are "not found".
    private var undecided = 0

    /// - Parameters:
    ///   - tables: how many tables are asked for each key.
    ///   - isSerial: whether a place is asked for only when all before it are "not found", as Postfix does it: a query may
    ///     keep something.
    package init(_ keys: SearchKeys, tables: Int, isSerial: Bool) {
        precondition(tables > 0)
        rest = keys
        tableCount = tables
        self.isSerial = isSerial
    }

    /// How many places have been asked for.
    package var asked: Int { outcomes.count }

    /// The key and the table of a place.
    package func question(at place: Int) -> (key: SearchKey, table: Int) {
        (keys[place / tableCount], place % tableCount)
    }

    /// Takes in the outcome of a place.
    package mutating func note(_ outcome: LookupOutcome, at place: Int) {
        precondition(outcomes[place] == nil, "a place has two outcomes")
        outcomes[place] = outcome
    }

    package mutating func next() -> Step {
        while undecided < outcomes.count {
            switch outcomes[undecided] {
            case nil: return .wait
            case .notFound?: undecided += 1
            case .some(let outcome): return .answer(outcome, place: undecided)
            }
        }
        let end = keys.count * tableCount
        if outcomes.count == end { takeKeys() }
        let first = outcomes.count
        let places = first..<(isSerial ? min(first + 1, keys.count * tableCount) : keys.count * tableCount)
        if places.isEmpty { return .answer(.notFound, place: nil) }
        outcomes += places.map { _ in nil }
        return .ask(places)
    }

    private mutating func takeKeys() {
        var places = 0
        repeat {
            guard let key = rest.next() else { return }
            keys.append(key)
            places += tableCount
        } while !isSerial && places + tableCount <= Self.portion
    }
}
