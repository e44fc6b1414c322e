// Records that are named by a number.

/// Records in one array; a removed record's place is used again. They hold no references, which each reading of a field
/// might count, and which would have to be let go of.
struct Slab<Record: BitwiseCopyable>: ~Copyable {
    private struct Place {
        var record: Record
        /// The next place that is free; where a record is, `Slab.taken`.
        var nextFree: Int
    }

    private static var taken: Int { -1 }
    private static var none: Int { -2 }

    private var places: [Place] = []
    private var firstFree = none
    /// How many records there are.
    private(set) var count = 0

    /// Returns the record's number: one that was removed, or the next one that there never was.
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

    /// Whether a record has this number, which one had.
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
