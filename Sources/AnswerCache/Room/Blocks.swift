// Values, and keys that are too long for a segment, in memory of their own.

internal import LookupValues

/// Arrays of bytes, named by numbers.
struct Blocks: ~Copyable {
    private var arrays: [[UInt8]] = []
    private var vacant: [UInt32] = []

    /// - Parameter capacity: that many may be there without moving the others.
    init(capacity: Int) {
        arrays.reserveCapacity(capacity)
        vacant.reserveCapacity(capacity)
    }

    /// What an array of so many bytes takes: as malloc(3) of glibc gives it, with the array's head of 32 bytes and the
    /// chunk's of 8; and its place here.
    static func bytes(of count: Int) -> Int { chunk(of: count) + 12 }

    private static func chunk(of count: Int) -> Int { (count + 40 + 15) & ~15 }

    /// Keeps an array; or a copy of it, if it has more room than it needs.
    mutating func add(_ array: [UInt8]) -> UInt32 {
        let exact =
            Self.chunk(of: array.capacity) == Self.chunk(of: array.count)
            ? array : [UInt8](copying: array.span)
        if let number = vacant.popLast() {
            arrays[Int(number)] = exact
            return number
        }
        arrays.append(exact)
        return UInt32(arrays.count - 1)
    }

    subscript(number: UInt32) -> [UInt8] { arrays[Int(number)] }

    func count(of number: UInt32) -> Int { arrays[Int(number)].count }

    mutating func remove(_ number: UInt32) {
        arrays[Int(number)] = []
        vacant.append(number)
    }
}
