// Records that are named by a number, and linked lists of such numbers.

/// Records in one array; a removed record's place is used again.
struct Slab<Record> {
    /// What stands in a place that no record has.
    private let vacancy: Record
    private var records: [Record] = []
    private var isInUse: [Bool] = []
    private var free: [Int] = []

    init(vacancy: Record) {
        self.vacancy = vacancy
    }

    /// How many records there are.
    var count: Int { records.count - free.count }

    mutating func insert(_ record: Record) -> Int {
        if let index = free.popLast() {
            records[index] = record
            isInUse[index] = true
            return index
        }
        records.append(record)
        isInUse.append(true)
        return records.count - 1
    }

    mutating func remove(_ index: Int) {
        precondition(isInUse[index], "a record was removed twice")
        isInUse[index] = false
        records[index] = vacancy
        free.append(index)
    }

    // In place: a copy would count the references of what a record holds.
    subscript(index: Int) -> Record {
        _read {
            precondition(isInUse[index], "a record was used that is removed")
            yield records[index]
        }
        _modify {
            precondition(isInUse[index], "a record was used that is removed")
            yield &records[index]
        }
    }
}

/// The ends of a list whose links are in a `LinkTable`.
struct LinkedList {
    fileprivate(set) var first = -1
    fileprivate(set) var last = -1

    var isEmpty: Bool { first < 0 }
}

/// The links of any number of lists, of which a record is in one at most: adding at the end and removing anywhere
/// take constant time.
struct LinkTable {
    private var links: [(previous: Int, next: Int)] = []

    mutating func append(_ index: Int, to list: inout LinkedList) {
        while links.count <= index { links.append((-1, -1)) }
        links[index] = (list.last, -1)
        if list.isEmpty { list.first = index } else { links[list.last].next = index }
        list.last = index
    }

    mutating func remove(_ index: Int, from list: inout LinkedList) {
        let (previous, next) = links[index]
        if previous >= 0 { links[previous].next = next } else { list.first = next }
        if next >= 0 { links[next].previous = previous } else { list.last = previous }
    }

    /// The record behind `index` in its list; -1 where it is the last.
    func next(after index: Int) -> Int { links[index].next }
}
