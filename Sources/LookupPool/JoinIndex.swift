// Which waiting query asks the same as a new lookup.

/// Finds queries by the hash of what they ask: open addressing with linear probing.
///
/// It knows hashes and numbers only. Entries are not removed one by one: that would cost as much again for
/// each query. An entry is outdated if its query was sent or is gone, or if another query has its number by
/// now; the caller compares the queries, and so passes over outdated entries. When half the places are taken,
/// all waiting queries that were never sent are entered anew.
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

    /// The place of the sought query, which has this hash; if there is none, the place for it.
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

    /// Removes all entries, and makes room for twice as many queries as given. The index grows at once, but
    /// one call halves it at most: the next burst may be as large.
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
