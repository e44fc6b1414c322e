// The keys of one search that follow the first one, and what is known of them.

package import LookupValues

/// A table as a client asks it: an answer for one way of folding keys is none for another.
package struct AskedTable: Hashable, Sendable {
    /// The number of its map, which may have other tables.
    package let map: Int
    /// As clients name it.
    package let name: [UInt8]
    /// How the client wants keys to be folded, as any number.
    package let folding: UInt8

    package init(map: Int, name: [UInt8] = [], folding: UInt8) {
        self.map = map
        self.name = name
        self.folding = folding
    }
}

/// A lookup that was begun ahead of its request. It is named by the request with which the search began, and by the place of
/// its key in the order of the search; place 0 is that of the request's own key.
package struct LookupAhead: Hashable, Sendable {
    package let request: UInt32
    package let place: UInt16
    package let token: LookupToken
}

/// A client's search in one table, from the second key on.
struct SearchAhead: Sendable {
    enum Phase {
        /// Not asked for, or its answer could not be kept. `pending` may follow if the lookup begins at once.
        case unknown
        /// A lookup is under way. `answered` or `unknown` follows.
        case pending
        case answered
    }

    struct Step {
        let key: [UInt8]
        var phase = Phase.unknown
        /// Of a pending step.
        var token = LookupToken(pool: 0, lookup: 0)
        /// Of an answered step; nil: there is none for the key.
        var value: [UInt8]?

        init(_ key: [UInt8]) { self.key = key }

        /// What it takes in memory, in bytes: the key, the value, and what they are kept in.
        var size: Int { Self.overhead + key.count + (value?.count ?? 0) }

        /// The step itself, and the heads of two arrays.
        private static let overhead = 128
    }

    let table: AskedTable
    /// The number of the request with which the search began, and that of its latest request.
    let request: UInt32
    var latestRequest: UInt32
    let begunAt: Instant
    /// The last key first: the next one is taken from the end.
    var steps: [Step]
    /// How many steps there were.
    private let count: Int

    init(_ keys: ArraySlice<[UInt8]>, in table: AskedTable, by request: UInt32, now: Instant) {
        self.table = table
        self.request = request
        latestRequest = request
        begunAt = now
        steps = keys.reversed().map(Step.init)
        count = steps.count
    }

    /// The bytes that it takes.
    var size: Int { steps.reduce(0) { $0 + $1.size } }

    /// Where the key with this place is in `steps`; nil if it is no longer there.
    func index(ofPlace place: UInt16) -> Int? {
        let index = count - Int(place)
        return steps.indices.contains(index) ? index : nil
    }

    /// The lookup of a step that is pending.
    func lookup(of index: Int) -> LookupAhead {
        LookupAhead(request: request, place: UInt16(count - index), token: steps[index].token)
    }
}
