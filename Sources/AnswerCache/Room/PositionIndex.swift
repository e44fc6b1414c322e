// Where in a room the record or the ghost with a hash is.

/// Open addressing with linear probing: positions by hash. A place has some bits of the hash beside the position, so that
/// few of those that differ are looked at. It is made once for a room, and never grows.
struct PositionIndex: ~Copyable {
    /// 0: none. Else the position and one, and above it the lower bits of the hash.
    private var places: Row<UInt32>
    private let positionBits: UInt32
    private let positionMask: UInt32
    private(set) var count = 0
    private let limit: Int

    /// - Parameters:
    ///   - places: so many there are; three quarters of them are used at most.
    ///   - positions: each position is below this, which is below 2^32.
    init(places: Int, positions: Int) {
        self.places = Row(repeating: 0, count: places)
        limit = places / 4 * 3
        positionBits = UInt32(Int.bitWidth - positions.leadingZeroBitCount)
        positionMask = UInt32(truncatingIfNeeded: 1 << UInt64(positionBits) - 1)
    }

    @inline(__always) var isFull: Bool { count >= limit }

    /// Where the search for a hash begins.
    @inline(__always) func home(of hash: UInt32) -> Int { Int((UInt64(hash) &* UInt64(places.count)) >> 32) }

    @inline(__always) private func entry(_ position: Int, _ hash: UInt32) -> UInt32 {
        // A shift by 32 gives 0.
        hash << positionBits | UInt32(truncatingIfNeeded: position + 1)
    }

    /// The next position that may be of this hash, from a place on, which moves past it; -1 if there are no more.
    @inline(__always) func candidate(_ hash: UInt32, from place: inout Int) -> Int {
        let sought = hash << positionBits
        while true {
            let entry = places[place]
            if entry == 0 { return -1 }
            place += 1
            if place == places.count { place = 0 }
            if entry & ~positionMask == sought { return Int(entry & positionMask) - 1 }
        }
    }

    /// Enters a position. There must be room: see `isFull`.
    @inline(__always) mutating func enter(_ position: Int, _ hash: UInt32) {
        var place = home(of: hash)
        while places[place] != 0 {
            place += 1
            if place == places.count { place = 0 }
        }
        places[place] = entry(position, hash)
        count += 1
    }

    /// The place of a position that is entered.
    @inline(__always) private func place(of position: Int, _ hash: UInt32) -> Int {
        let sought = entry(position, hash)
        var place = home(of: hash)
        while places[place] != sought {
            precondition(places[place] != 0, "a record is not in the index")
            place += 1
            if place == places.count { place = 0 }
        }
        return place
    }

    /// What was at one position is at another.
    mutating func move(_ position: Int, to new: Int, _ hash: UInt32) {
        places[place(of: position, hash)] = entry(new, hash)
    }

    /// Removes a position, and moves those after it nearer to where the search for them begins.
    ///
    /// - Parameter words: at the position of each is its first word.
    mutating func remove(_ position: Int, _ hash: UInt32, words: borrowing Row<UInt64>) {
        var gap = place(of: position, hash)
        var place = gap
        while true {
            place += 1
            if place == places.count { place = 0 }
            let entry = places[place]
            if entry == 0 { break }
            let home = home(of: FirstWord.hash(of: words[Int(entry & positionMask) - 1]))
            // Whether the search for it would end at the gap: the gap is not before its home.
            let isReached = gap <= place ? home <= gap || home > place : home <= gap && home > place
            if isReached {
                places[gap] = entry
                gap = place
            }
        }
        places[gap] = 0
        count -= 1
    }
}
