// Linked lists of numbers.

/// The ends of a list whose links are in a `LinkTable`.
struct LinkedList {
    fileprivate(set) var first = -1
    fileprivate(set) var last = -1

    var isEmpty: Bool { first < 0 }
}

/// The links of any number of lists. A record is in one list at most. Adding at the end and removing anywhere
/// take constant time.
struct LinkTable: ~Copyable {
    private var links: [(previous: Int, next: Int)] = []

    mutating func append(_ index: Int, to list: inout LinkedList) {
        while links.count <= index { links.append((-1, -1)) }
        // One access to the array for all links.
        var links = links.mutableSpan
        links[index] = (list.last, -1)
        if list.isEmpty { list.first = index } else { links[list.last].next = index }
        list.last = index
    }

    /// Adds a record behind another one of the list; -1: before all others.
    mutating func insert(_ index: Int, behind previous: Int, in list: inout LinkedList) {
        if previous == list.last { return append(index, to: &list) }
        while links.count <= index { links.append((-1, -1)) }
        let next = previous < 0 ? list.first : links[previous].next
        links[index] = (previous, next)
        links[next].previous = index
        if previous < 0 { list.first = index } else { links[previous].next = index }
    }

    mutating func remove(_ index: Int, from list: inout LinkedList) {
        var links = links.mutableSpan
        let (previous, next) = links[index]
        if previous >= 0 { links[previous].next = next } else { list.first = next }
        if next >= 0 { links[next].previous = previous } else { list.last = previous }
    }

    /// Removes all records from the first up to and including this one.
    mutating func removeFirst(through index: Int, from list: inout LinkedList) {
        let next = links[index].next
        if next >= 0 { links[next].previous = -1 } else { list.last = -1 }
        list.first = next
    }

    /// The record before `index` in its list; -1 if it is the first.
    func previous(before index: Int) -> Int { links[index].previous }

    /// The record behind `index` in its list; -1 if it is the last.
    func next(after index: Int) -> Int { links[index].next }
}
