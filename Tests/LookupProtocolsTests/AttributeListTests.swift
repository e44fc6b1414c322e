// Tests of where an attribute list ends: whole, in pieces, and at its limit.

import LookupProtocols
import LookupValues
import Testing

@Suite("An attribute list")
struct AttributeListTests {
    private static let limit = 100
    /// A list is a message of its bytes; `tooLong` is the one violation.
    private static let verifier = DecodingVerifier<[UInt8], Bool> { bytes, offset in
        switch AttributeList.decode(bytes.span, at: offset, limit: limit) {
        case .needsMore: .needsMore
        case .list(let end): .message(Array(bytes[offset..<end]), end: end)
        case .tooLong: .violation(true)
        }
    }

    private static let valid = [
        "\0", "a\0\0\0", "a\0b\0\0", "name\0value\0\0", "a\0\0b\0\0\0", "status\00\0value\0\0\0",
        "protocol\0proxymap_protocol\0\0", "status\00\0flags\016\0\0", "n\0two words\n\0m\0\u{e9}\0\0",
    ].map { Array($0.utf8) }

    @Test("ends at its empty name, however its bytes arrive", arguments: valid)
    func everySplit(bytes: [UInt8]) {
        Self.verifier.verify(bytes, .init(messages: [bytes]))
    }

    @Test("ends where the next begins when several run together")
    func runTogether() {
        let bytes = Self.valid.flatMap(\.self)
        Self.verifier.verify(bytes, .init(messages: Self.valid))
        Self.verifier.verify(
            bytes + Array("a\0b\0c\0".utf8), .init(messages: Self.valid, bytesLeft: 6))
    }

    @Test("may be as long as the limit and no longer, whatever part of it is long")
    func limits() {
        for (before, after) in [("", "\0\0\0"), ("a\0", "\0\0"), ("a\0b\0", "\0\0\0"), ("a\0b\0c\0", "\0\0")]
        {
            let room = Self.limit - before.utf8.count - after.utf8.count
            let fill = String(repeating: "x", count: room)
            let longest = Array("\(before)\(fill)\(after)".utf8)
            Self.verifier.verify(longest, .init(messages: [longest]))
            let tooLong = Array("\(before)x\(fill)\(after)".utf8)
            Self.verifier.verify(tooLong, .init(violation: true))
            Self.verifier.verify(Array(tooLong.prefix(Self.limit)), .init(violation: true))
            let almost = Array(tooLong.prefix(Self.limit - 1))
            Self.verifier.verify(almost, .init(bytesLeft: almost.count))
            Self.verifier.verify([0] + tooLong, .init(messages: [[0]], violation: true))
        }
    }

    @Test("is followed through any pieces without keeping one")
    func pieces() {
        var random = SplitMix64(seed: 3)
        for _ in 0..<2000 {
            let lists = (0..<5).map { _ in Self.valid.randomElement(using: &random)! }
            let bytes = lists.flatMap(\.self)
            var place = AttributeListEnd()
            var ends: [Int] = []
            var offset = 0
            while offset < bytes.count {
                let size = Int.random(in: 0...min(9, bytes.count - offset), using: &random)
                let piece = Array(bytes[offset..<offset + size])
                var index = 0
                while let end = place.find(in: piece.span, from: index) {
                    if !place.isBetweenLists { Issue.record("not between lists after \(end)") }
                    index = end
                    ends.append(offset + end)
                }
                offset += size
                let isBetween = ends.last ?? 0 == offset
                if place.isBetweenLists != isBetween { Issue.record("wrong place in \(bytes) at \(offset)") }
            }
            var expected: [Int] = []
            for list in lists { expected.append((expected.last ?? 0) + list.count) }
            if ends != expected { Issue.record("\(ends), not \(expected), in \(bytes)") }
        }
    }

    @Test("ends where an independent reading says, in any bytes")
    func randomBytes() {
        var random = SplitMix64(seed: 4)
        var counts = [0, 0, 0]
        for _ in 0..<50_000 {
            let bytes = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                UInt8.random(in: 0...2, using: &random)
            }
            let decoded = AttributeList.decode(bytes.span, at: 0, limit: 8)
            let expected = AttributeListModel.decode(bytes, limit: 8)
            if decoded != expected { Issue.record("\(bytes): \(decoded), not \(expected)") }
            switch decoded {
            case .needsMore: counts[0] += 1
            case .list: counts[1] += 1
            case .tooLong: counts[2] += 1
            }
        }
        #expect(counts.allSatisfy { $0 > 100 }, "the random bytes reach every answer: \(counts)")
    }

    @Test("is not asked for outside the buffer or without room for its end")
    func ownMistakes() async {
        await #expect(processExitsWith: .failure) {
            _ = AttributeList.decode([UInt8]().span, at: 1, limit: 10)
        }
        await #expect(processExitsWith: .failure) {
            _ = AttributeList.decode([UInt8]().span, at: 0, limit: 0)
        }
        await #expect(processExitsWith: .failure) {
            var place = AttributeListEnd()
            _ = place.find(in: [0].span, from: 2)
        }
    }
}

/// The definition in terms of strings between NULs: the list ends with the first empty one at an even place.
enum AttributeListModel {
    static func decode(_ bytes: [UInt8], limit: Int) -> AttributeList.Decoded {
        var end = 0
        for (place, string) in strings(bytes).enumerated() {
            end += string.count + 1
            guard place.isMultiple(of: 2), string.isEmpty else { continue }
            return end <= limit ? .list(end: end) : .tooLong
        }
        return bytes.count < limit ? .needsMore : .tooLong
    }

    /// The strings that a NUL ends.
    static func strings(_ bytes: [UInt8]) -> [[UInt8]] {
        bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast().map(Array.init)
    }
}
