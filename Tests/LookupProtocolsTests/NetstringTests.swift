// Tests of the netstring frame: what is one, what is none, and when that is known.

import LookupProtocols
import LookupValues
import Testing

@Suite("A netstring")
struct NetstringTests {
    private static let limit = 1000
    private static let verifier = DecodingVerifier<[UInt8], NetstringViolation> { bytes, offset in
        switch Netstring.decode(bytes.span, at: offset, limit: limit) {
        case .needsMore: .needsMore
        case .message(let payload, let end): .message(Array(bytes[payload]), end: end)
        case .violation(let violation): .violation(violation)
        }
    }

    private static let valid: [(bytes: [UInt8], payload: [UInt8])] = [
        (Array("0:,".utf8), []),
        (Array("1:a,".utf8), Array("a".utf8)),
        (Array("12:hello world!,".utf8), Array("hello world!".utf8)),
        (Array("3:1:,,".utf8), Array("1:,".utf8)),
        (Array("4:,,,,,".utf8), Array(",,,,".utf8)),
        ([0x34, 0x3A, 0x00, 0xFF, 0x0A, 0x80, 0x2C], [0x00, 0xFF, 0x0A, 0x80]),
        (Array("10:0123456789,".utf8), Array("0123456789".utf8)),
        (
            Array("1000:".utf8) + [UInt8](repeating: 0x2C, count: 1000) + Array(",".utf8),
            [UInt8](repeating: 0x2C, count: 1000)
        ),
    ]

    @Test("is read the same whole, split at every byte, and byte by byte", arguments: valid)
    func everySplit(bytes: [UInt8], payload: [UInt8]) {
        Self.verifier.verify(bytes, .init(messages: [payload]))
    }

    @Test("is read the same when several run together, and when the last is not whole")
    func runTogether() {
        let short = Self.valid.dropLast()
        let bytes = short.flatMap(\.bytes) + short.reversed().flatMap(\.bytes)
        let payloads = short.map(\.payload) + short.reversed().map(\.payload)
        Self.verifier.verify(bytes, .init(messages: payloads))
        Self.verifier.verify(bytes + Array("5:abc".utf8), .init(messages: payloads, bytesLeft: 5))
        Self.verifier.verify(
            bytes + Array("07:".utf8), .init(messages: payloads, violation: .malformedLength))
    }

    @Test(
        "is none, and its violation is reported at the first byte that is wrong",
        arguments: [
            (":", .malformedLength), (",", .malformedLength), ("+1:a,", .malformedLength),
            ("-1:a,", .malformedLength), (" 1:a,", .malformedLength), ("1 :a,", .malformedLength),
            ("1\t", .malformedLength), ("00:,", .malformedLength), ("01:a,", .malformedLength),
            ("0x", .malformedLength), ("1,a:", .malformedLength), ("\n", .malformedLength),
            ("/", .malformedLength), ("12a", .malformedLength), ("\0", .malformedLength),
            ("9999x", .tooLong(limit: 1000)), ("1001", .tooLong(limit: 1000)),
            ("99999999999999999999999999999999999999", .tooLong(limit: 1000)),
            ("1:a;", .missingComma), ("1:ab,", .missingComma), ("0:a", .missingComma),
            ("3:abc:", .missingComma), ("3:abc\n", .missingComma), ("2:a,\0,", .missingComma),
        ] as [(String, NetstringViolation)])
    func firstWrongByte(text: String, violation: NetstringViolation) {
        let bytes = Array(text.utf8)
        let valid = Array("1:a,".utf8)
        Self.verifier.verify(bytes, .init(violation: violation))
        Self.verifier.verify(bytes + valid, .init(violation: violation))
        Self.verifier.verify(valid + bytes, .init(messages: [Array("a".utf8)], violation: violation))
    }

    @Test("is judged by its limit from the digits alone")
    func limits() {
        for limit in [0, 1, 9, 10, 11, 16_384, 100_000, Netstring.greatestLimit] {
            let allowed = Array("\(limit):".utf8)
            let excessive = Array("\(limit + 1)".utf8)
            #expect(Netstring.decode(allowed.span, at: 0, limit: limit) == .needsMore)
            #expect(
                Netstring.decode(excessive.span, at: 0, limit: limit)
                    == .violation(.tooLong(limit: limit)))
            let endless = [UInt8](repeating: UInt8(ascii: "9"), count: 1000)
            #expect(
                Netstring.decode(endless.span, at: 0, limit: limit) == .violation(.tooLong(limit: limit)))
        }
    }

    @Test("is told from anything else just as an independent reading of the definition does")
    func randomBytes() {
        var random = SplitMix64(seed: 1)
        var counts = [0, 0, 0]
        for _ in 0..<50_000 {
            let bytes = random.netstringLikeBytes(upTo: 24)
            let decoded = Netstring.decode(bytes.span, at: 0, limit: 10)
            let expected = NetstringModel.decode(bytes, limit: 10)
            // Not an #expect of its own for each: 50,000 of them take seconds.
            if decoded != expected { Issue.record("\(bytes): \(decoded), not \(expected)") }
            switch decoded {
            case .needsMore: counts[0] += 1
            case .message: counts[1] += 1
            case .violation: counts[2] += 1
            }
        }
        #expect(counts.allSatisfy { $0 > 100 }, "the random bytes reach every answer: \(counts)")
    }

    @Test("is not asked for outside the buffer or beyond the greatest limit")
    func ownMistakes() async {
        await #expect(processExitsWith: .failure) {
            _ = Netstring.decode([UInt8]().span, at: 1, limit: 10)
        }
        await #expect(processExitsWith: .failure) {
            _ = Netstring.decode([UInt8]().span, at: 0, limit: Netstring.greatestLimit + 1)
        }
    }
}

/// The definition, written down without a thought for speed.
private enum NetstringModel {
    static func decode(_ bytes: [UInt8], limit: Int) -> Netstring.Decoded {
        let digits = bytes.prefix { (0x30...0x39).contains($0) }
        // The violation that comes first in the bytes counts.
        for count in digits.indices.map({ $0 + 1 }) {
            if count > 1, digits[0] == 0x30 { return .violation(.malformedLength) }
            if Double(String(decoding: digits.prefix(count), as: UTF8.self))! > Double(limit) {
                return .violation(.tooLong(limit: limit))
            }
        }
        let rest = bytes.dropFirst(digits.count)
        guard let colon = rest.first else { return .needsMore }
        guard colon == 0x3A, let length = Int(String(decoding: digits, as: UTF8.self)) else {
            return .violation(.malformedLength)
        }
        let payload = rest.dropFirst().prefix(length)
        guard let comma = rest.dropFirst(1 + length).first else { return .needsMore }
        guard comma == 0x2C else { return .violation(.missingComma) }
        return .message(payload: payload.indices, end: payload.endIndex + 1)
    }
}
