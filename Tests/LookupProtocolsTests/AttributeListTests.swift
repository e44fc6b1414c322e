// Tests of where an attribute list ends: whole and in pieces.

import LookupProtocols
import LookupValues
import Testing

@Suite("An attribute list")
struct AttributeListTests {
    /// A list is a message of its bytes; there is no violation.
    private static let verifier = DecodingVerifier<[UInt8], Never> { bytes, offset in
        var place = AttributeListEnd()
        guard let end = place.find(in: bytes.span, from: offset) else { return .needsMore }
        return .message(Array(bytes[offset..<end]), end: end)
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
                    index = end
                    ends.append(offset + end)
                }
                offset += size
            }
            var expected: [Int] = []
            for list in lists { expected.append((expected.last ?? 0) + list.count) }
            if ends != expected { Issue.record("\(ends), not \(expected), in \(bytes)") }
        }
    }

    @Test("ends where an independent reading says, in any bytes")
    func randomBytes() {
        var random = SplitMix64(seed: 4)
        var counts = [0, 0]
        for _ in 0..<50_000 {
            let bytes = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                UInt8.random(in: 0...2, using: &random)
            }
            var place = AttributeListEnd()
            let end = place.find(in: bytes.span, from: 0)
            let expected = AttributeListModel.end(of: bytes)
            if end != expected {
                Issue.record("\(bytes): \(String(describing: end)), not \(String(describing: expected))")
            }
            counts[end == nil ? 0 : 1] += 1
        }
        #expect(counts.allSatisfy { $0 > 100 }, "the random bytes reach every answer: \(counts)")
    }

    @Test("is not asked for outside the buffer")
    func ownMistakes() async {
        await #expect(processExitsWith: .failure) {
            var place = AttributeListEnd()
            _ = place.find(in: [0].span, from: 2)
        }
    }
}

/// The definition in terms of strings between NULs: the list ends with the first empty one at an even place.
enum AttributeListModel {
    /// - Returns: the index after the list; nil if it does not end.
    static func end(of bytes: [UInt8]) -> Int? {
        var end = 0
        for (place, string) in strings(bytes).enumerated() {
            end += string.count + 1
            if place.isMultiple(of: 2) && string.isEmpty { return end }
        }
        return nil
    }

    /// The strings that a NUL ends.
    static func strings(_ bytes: [UInt8]) -> [[UInt8]] {
        bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast().map(Array.init)
    }
}
