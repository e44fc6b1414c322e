// What the preloaded shim has counted, and whether it has made its fault: see Tests/FaultShim.

import Foundation
import ThrowawayServers

/// The file of `struct fault_board`.
struct FaultBoard {
    private static let placeStart = 8
    private static let callsStart = 256
    private static let callSize = 32
    private static let nameSize = 24

    let isMade: Bool
    /// Where the call was made from, for addr2line(1): a file, and a place in it.
    let place: String
    /// How often each call was made.
    let counts: [String: Int]

    /// - Parameter path: a file that need not be there: where no process has begun, there are no counts.
    init(path: String) {
        guard let bytes = try? readFile(path), bytes.count >= Self.callsStart else {
            (isMade, place, counts) = (false, "", [:])
            return
        }
        func number(at offset: Int) -> Int {
            bytes[offset..<offset + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        func text(_ range: Range<Int>) -> String {
            String(decoding: bytes[range].prefix { $0 != 0 }, as: UTF8.self)
        }
        isMade = number(at: 0) != 0
        place = text(Self.placeStart..<Self.callsStart)
        var counts: [String: Int] = [:]
        for start in stride(from: Self.callsStart, to: bytes.count - Self.callSize + 1, by: Self.callSize) {
            counts[text(start..<start + Self.nameSize)] = number(at: start + Self.nameSize)
        }
        self.counts = counts
    }
}
