// Keys of queries, which have a place of 64 bytes each, or one of their own.

import LookupValues
import Testing

@testable import LookupPool

@Suite("Keys of queries")
struct KeyTableTests {
    private func read(_ keys: borrowing KeyTable, _ query: Int) -> [UInt8] {
        keys.withKey(of: query) { [UInt8](copying: $0) }
    }

    @Test(
        "A key of any length is kept whole, and leaves its neighbours alone",
        arguments: [0, 1, 63, 64, 65, 66, 1000])
    func lengths(length: Int) {
        let key = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
        let (left, right) = ([UInt8](repeating: 200, count: 64), [UInt8](repeating: 201, count: 64))
        var keys = KeyTable()
        keys.set(left.span, of: 0)
        keys.set(left.span, of: 1)
        keys.set(right.span, of: 2)
        keys.set(key.span, of: 1)
        #expect(read(keys, 0) == left && read(keys, 1) == key && read(keys, 2) == right)
    }

    @Test("A long key is gone with its query, and a short one may come in its place")
    func longKeys() {
        var keys = KeyTable()
        let long = [UInt8](repeating: 1, count: 65)
        let short = [UInt8](repeating: 2, count: 3)
        keys.set(long.span, of: 0)
        #expect(keys.longKeys.count == 1)
        keys.remove(of: 0)
        #expect(keys.longKeys.count == 0)
        keys.set(short.span, of: 0)
        #expect(read(keys, 0) == short && keys.longKeys.count == 0)
    }
}
