// Records that are named by a number.

/// Records in one array; a removed record's place is used again. Records hold no references: these might be
/// counted each time that a field is read, and would have to be released.
struct Slab<Record: BitwiseCopyable>: ~Copyable {
    private struct Place {
        var record: Record
        /// The next free place; `Slab.taken` if there is a record here.
        var nextFree: Int
    }

    private static var taken: Int { -1 }
    private static var none: Int { -2 }

    private var places: [Place] = []
    private var firstFree = none
    /// How many records there are.
    private(set) var count = 0

    /// Returns the record's number: that of a removed record, or the next one that was never used.
    mutating func insert(_ record: Record) -> Int {
        count += 1
        let index = firstFree
        if index == Self.none {
            places.append(Place(record: record, nextFree: Self.taken))
            return places.count - 1
        }
        firstFree = places[index].nextFree
        places[index] = Place(record: record, nextFree: Self.taken)
        return index
    }

    mutating func remove(_ index: Int) {
        precondition(contains(index), "a record was removed twice")
        places[index].nextFree = firstFree
        firstFree = index
        count -= 1
    }

    /// Whether a record has this number. It must be a number that was used.
    func contains(_ index: Int) -> Bool { places[index].nextFree == Self.taken }

    subscript(index: Int) -> Record {
        _read {
            precondition(contains(index), "a record was used that is removed")
            yield places[index].record
        }
        _modify {
            precondition(contains(index), "a record was used that is removed")
            yield &places[index].record
        }
    }
}
