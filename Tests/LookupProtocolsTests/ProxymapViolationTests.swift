// Tests of what is no proxymap request: the table of violations, and random lists against a model.

import LookupProtocols
import LookupValues
import Testing

@Suite("A proxymap violation")
struct ProxymapViolationTests {
    private static let start = "request|lookup|table|t:x|"

    /// The last byte of each text is the first that is wrong.
    private static let violations: [(String, ProxymapViolation)] = [
        // Not a list that begins with a request.
        ("|", .unexpectedAttribute), ("x", .unexpectedAttribute), ("request:", .unexpectedAttribute),
        ("requests", .unexpectedAttribute), ("req|", .unexpectedAttribute),
        ("R", .unexpectedAttribute), ("t", .unexpectedAttribute),
        ("G", .unexpectedAttribute), ("2", .unexpectedAttribute),
        // A known request with another list of attributes.
        ("request|lookup||", .unexpectedAttribute), ("request|open|t|", .unexpectedAttribute),
        ("request|open|f", .unexpectedAttribute), ("request|open|tables", .unexpectedAttribute),
        ("request|open|table|t:x||", .unexpectedAttribute),
        ("request|open|table|t:x|k", .unexpectedAttribute),
        ("request|open|table|t:x|t", .unexpectedAttribute),
        ("request|open|table|t:x|instance|", .unexpectedAttribute),
        ("request|open|table|t:x|flags|0|k", .unexpectedAttribute),
        ("request|open|table|t:x|instance_flags|0|f", .unexpectedAttribute),
        ("\(start)k", .unexpectedAttribute), ("\(start)flags|0||", .unexpectedAttribute),
        ("\(start)flags|0|f", .unexpectedAttribute), ("\(start)flags|0|v", .unexpectedAttribute),
        ("\(start)instance_flags|0|k", .unexpectedAttribute),
        ("\(start)flags|0|i", .unexpectedAttribute), ("\(start)flags|0|key|k|k", .unexpectedAttribute),
        ("\(start)flags|0|key|k|v", .unexpectedAttribute),
        ("request|update|table|t:x|flags|0|key|k||", .unexpectedAttribute),
        ("request|update|table|t:x|flags|0|v", .unexpectedAttribute),
        ("request|delete|table|t:x|flags|0|key|k|v", .unexpectedAttribute),
        ("request|sequence|table|t:x|flags|0|k", .unexpectedAttribute),
        ("request|sequence|table|t:x|flags|0|function|0|k", .unexpectedAttribute),
        // Not a number of 32 bits.
        ("\(start)flags||", .malformedNumber), ("\(start)flags|x", .malformedNumber),
        ("\(start)flags|-", .malformedNumber), ("\(start)flags|+", .malformedNumber),
        ("\(start)flags| ", .malformedNumber), ("\(start)flags|1 ", .malformedNumber),
        ("\(start)flags|0x", .malformedNumber), ("\(start)flags|1,", .malformedNumber),
        ("\(start)flags|4294967296", .malformedNumber), ("\(start)flags|9999999999", .malformedNumber),
        ("\(start)instance_flags|/", .malformedNumber), ("\(start)instance_flags||", .malformedNumber),
        ("\(start)instance_flags|0|flags|:", .malformedNumber),
        ("request|sequence|table|t:x|flags|0|function||", .malformedNumber),
    ]

    @Test("is reported at its first byte, and what follows is not read", arguments: violations)
    func firstWrongByte(text: String, violation: ProxymapViolation) {
        let bytes = proxymapBytes(text)
        let (request, question) = ProxymapQuestion.examples[0]
        proxymapVerifier.verify(bytes, .init(violation: violation))
        proxymapVerifier.verify(bytes + request, .init(violation: violation))
        proxymapVerifier.verify(request + bytes, .init(messages: [question], violation: violation))
        let before = Array(bytes.dropLast())
        proxymapVerifier.verify(before, .init(bytesLeft: before.count))
    }

    @Test("is told from a request just as an independent model does, in any bytes")
    func randomLists() {
        var random = SplitMix64(seed: 5)
        var counts = [0, 0, 0]
        for round in 0..<50_000 {
            var bytes = random.proxymapLikeBytes()
            let offset = round.isMultiple(of: 3) ? Int.random(in: 0...bytes.count, using: &random) : 0
            if offset > 0 { bytes = random.proxymapLikeBytes().prefix(offset) + bytes }
            let start = min(offset, bytes.count)
            let decoded = ProxymapAnswer(ProxymapRequest.decode(bytes.span, at: start), bytes)
            let expected = ProxymapModel.decode(Array(bytes[start...]))
            if decoded != expected {
                Issue.record("\(proxymapText(bytes)) at \(start): \(decoded), not \(expected)")
            }
            switch decoded {
            case .needsMore: counts[0] += 1
            case .request: counts[1] += 1
            case .violation: counts[2] += 1
            }
        }
        #expect(counts.allSatisfy { $0 > 1000 }, "the random bytes reach every answer: \(counts)")
    }
}

extension SplitMix64 {
    /// A request that is mostly in order: a word may be missing, twice, or another one, and a byte changed; and
    /// it may be cut off, or followed by others.
    fileprivate mutating func proxymapLikeBytes() -> [UInt8] {
        let words = [
            "request", "open", "lookup", "table", "pgsql:/q.cf", "proxy:x:y", "flags", "instance_flags",
            "key", "",
            "524353", "4294967296", "value", "function", "new",
        ]
        var strings = proxymapText(ProxymapQuestion.examples.randomElement(using: &self)!.bytes).split(
            separator: "|", omittingEmptySubsequences: false
        ).map(String.init)
        let place = Int.random(in: 0..<strings.count, using: &self)
        switch Int.random(in: 0..<6, using: &self) {
        case 0: strings.remove(at: place)
        case 1: strings.insert(words.randomElement(using: &self)!, at: place)
        case 2: strings[place] = words.randomElement(using: &self)!
        default: break
        }
        var bytes = proxymapBytes(strings.joined(separator: "|"))
        if Int.random(in: 0..<4, using: &self) == 0, !bytes.isEmpty {
            let alphabet: [UInt8] = [0, 0x30, 0x66, .random(in: 0...255, using: &self)]
            bytes[.random(in: 0..<bytes.count, using: &self)] = alphabet.randomElement(using: &self)!
        }
        if Int.random(in: 0..<3, using: &self) == 0 {
            bytes = Array(bytes.prefix(.random(in: 0...bytes.count, using: &self)))
        }
        return bytes
    }
}
