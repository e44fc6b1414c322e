// One question that is asked by several keys, of one table or more.

package import LookupValues

/// The search of a map for a key. What is asked for goes out together, and outcomes may come in any order.
///
/// A *place* is a key and a table. Places have the order in which Postfix would ask for them.
///
///     while true { switch search.next() {
///     case .ask(let places): ask for each, and `note` each outcome
///     case .wait: return, and go on when an outcome has been noted
///     case .answer: that is the end; what else was asked for is not needed any more
///
/// Names can have many parents: the places come in portions.
package struct Search: Sendable {
    /// A portion is full with so many places. Those of the last key may be more.
    private static let portion = 32
    /// The most keys of a search. A line of SMTP has 2,048 bytes in Postfix, and so 1,024 labels at most.
    private static let keyLimit = 1_100

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

    /// Whether all keys are asked of a table before the next table is, as match_list(3) does it; else all tables are asked
    /// for a key before the next key is, as maps_find(3) does it.
    private let isTableByTable: Bool
    private let isSerial: Bool
    private let tableCount: Int
    /// All keys, and those that the present table has not been asked for.
    private let all: SearchKeys
    private var rest: SearchKeys
    private var table = 0
    /// The keys made until now.
    private var keys: [SearchKey] = []
    /// The key and table of each place, and its outcome; nil: it has not come.
    private var places: [(key: Int, table: Int, outcome: LookupOutcome?)] = []
    /// How many places have been asked for, and how many of them, from the first one on, are "not found".
    package private(set) var asked = 0
    private var undecided = 0

    /// - Parameters:
    ///   - order: how the key is searched.
    ///   - tables: how many tables there are to ask.
    ///   - isSerial: whether a place is asked for only when all before it are "not found", as Postfix does it: a query may
    ///     keep something.
    package init(for key: Span<UInt8>, by order: SearchOrder, tables: Int, isSerial: Bool) {
        precondition(tables > 0)
        isTableByTable = order.searchClass == .domainList
        self.isSerial = isSerial
        tableCount = tables
        all = order.keys(for: key)
        rest = all
    }

    /// The key and the table of a place.
    package func question(at place: Int) -> (key: SearchKey, table: Int) {
        (keys[places[place].key], places[place].table)
    }

    /// The place of a place's key among the keys of the search, from 0 on.
    package func keyNumber(at place: Int) -> Int {
        isTableByTable ? place - places.firstIndex { $0.table == places[place].table }! : places[place].key
    }

    /// How many different keys have been asked for.
    package var keyCount: Int {
        if isTableByTable { return places[..<asked].count { $0.table == 0 } }
        return asked == 0 ? 0 : places[asked - 1].key + 1
    }

    /// Takes in the outcome of a place that has been asked for.
    package mutating func note(_ outcome: LookupOutcome, at place: Int) {
        precondition(place < asked && places[place].outcome == nil, "a place has two outcomes")
        places[place].outcome = outcome
    }

    package mutating func next() -> Step {
        while undecided < asked {
            switch places[undecided].outcome {
            case nil: return .wait
            case .notFound?: undecided += 1
            case .some(let outcome): return .answer(outcome, place: undecided)
            }
        }
        if asked == places.count { takePlaces() }
        if places.count > Self.keyLimit * tableCount {
            return .answer(.temporaryFailure("the key has too many parts to be searched for"), place: nil)
        }
        let portion = asked..<(isSerial ? min(asked + 1, places.count) : places.count)
        asked = portion.upperBound
        return portion.isEmpty ? .answer(.notFound, place: nil) : .ask(portion)
    }

    private mutating func takePlaces() {
        var count = 0
        repeat {
            if isTableByTable {
                while true {
                    if let key = rest.next() {
                        take(key, of: table...table)
                        break
                    }
                    guard table + 1 < tableCount else { return }
                    table += 1
                    rest = all
                }
                count += 1
            } else {
                guard let key = rest.next() else { return }
                take(key, of: 0...tableCount - 1)
                count += tableCount
            }
        } while !isSerial && count < Self.portion
    }

    private mutating func take(_ key: SearchKey, of tables: ClosedRange<Int>) {
        keys.append(key)
        places += tables.map { (keys.count - 1, $0, nil) }
    }
}
