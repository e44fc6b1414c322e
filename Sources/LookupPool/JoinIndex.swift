// Which waiting query asks the same as a new lookup.

/// Finds queries by the hash of what they ask: open addressing with linear probing.
///
/// It knows hashes and numbers only, and forgets nothing by itself: that would cost as much again for each query. An
/// entry whose query is sent or gone, or whose number another one has by now, is passed over by whoever asks, who
/// compares; when half the places are taken, all that waits and was never sent is entered anew.
struct JoinIndex: ~Copyable {
    private struct Entry {
        var hash: Int
        /// -1: none.
        var query: Int
    }

    private static let vacancy = Entry(hash: 0, query: -1)
    private static let leastCapacity = 1_024

    /// A power of two.
    private var entries = Array(repeating: vacancy, count: leastCapacity)
    private var taken = 0

    var isFull: Bool { 2 * taken >= entries.count }

    /// The place of the query with this hash that is the one sought; where there is none, the place for it.
    func place(for hash: Int, isSought: (Int) -> Bool) -> Int {
        let mask = entries.count - 1
        var place = hash & mask
        while entries[place].query >= 0 {
            if entries[place].hash == hash && isSought(entries[place].query) { break }
            place = (place + 1) & mask
        }
        return place
    }

    func query(at place: Int) -> Int? {
        let query = entries[place].query
        return query >= 0 ? query : nil
    }

    /// Enters a query at a place that is for it. There must be room: see `isFull`.
    mutating func enter(_ query: Int, _ hash: Int, at place: Int) {
        entries[place] = Entry(hash: hash, query: query)
        taken += 1
    }

    /// Forgets all, and makes room for so many and as many again. It grows at once, and shrinks by and by: the next burst may
    /// be as large.
    mutating func removeAll(expecting count: Int) {
        taken = 0
        var capacity = max(Self.leastCapacity, entries.count / 2)
        while capacity < 4 * count { capacity *= 2 }
        if capacity == entries.count {
            var entries = entries.mutableSpan
            entries.update(repeating: Self.vacancy)
        } else {
            entries = Array(repeating: Self.vacancy, count: capacity)
        }
    }
}
