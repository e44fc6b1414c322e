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
    private static let fullPortion = 32
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
    /// The number of the next key of the present table, from 0 on.
    private var keyNumber = 0
    /// The places of the present portion, and the number of the first one. What came before is "not found", and forgotten: a
    /// name with many labels has long parents.
    private var portion: [Place] = []
    private var start = 0
    /// How many of the portion have been asked for, and how many of them, from the first one on, are "not found".
    private var askedInPortion = 0
    private var undecided = 0

    private struct Place {
        let key: SearchKey
        let keyNumber: Int
        let table: Int
        /// Nil: it has not come.
        var outcome: LookupOutcome?
    }

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

    /// The key and the table of a place of the present portion, and the number of the key in the search, from 0 on.
    package func question(at place: Int) -> (key: SearchKey, keyNumber: Int, table: Int) {
        let place = portion[place - start]
        return (place.key, place.keyNumber, place.table)
    }

    /// Takes in the outcome of a place that has been asked for.
    package mutating func note(_ outcome: LookupOutcome, at place: Int) {
        let index = place - start
        precondition(
            (0..<askedInPortion).contains(index) && portion[index].outcome == nil, "a place has two outcomes")
        portion[index].outcome = outcome
    }

    package mutating func next() -> Step {
        while undecided < askedInPortion {
            switch portion[undecided].outcome {
            case nil: return .wait
            case .notFound?: undecided += 1
            case .some(let outcome): return .answer(outcome, place: start + undecided)
            }
        }
        if askedInPortion == portion.count {
            if start + portion.count >= Self.keyLimit * tableCount {
                return .answer(
                    .temporaryFailure("the key has too many parts to be searched for"), place: nil)
            }
            takePortion()
        }
        let first = askedInPortion
        askedInPortion = isSerial ? min(first + 1, portion.count) : portion.count
        return first == askedInPortion
            ? .answer(.notFound, place: nil) : .ask(start + first..<start + askedInPortion)
    }

    private mutating func takePortion() {
        start += portion.count
        portion.removeAll(keepingCapacity: true)
        askedInPortion = 0
        undecided = 0
        repeat {
            while isTableByTable && table + 1 < tableCount {
                var left = rest
                if left.next() != nil { break }
                table += 1
                keyNumber = 0
                rest = all
            }
            guard let key = rest.next() else { return }
            for table in isTableByTable ? table...table : 0...tableCount - 1 {
                portion.append(Place(key: key, keyNumber: keyNumber, table: table))
            }
            keyNumber += 1
        } while !isSerial && portion.count < Self.fullPortion
    }
}
