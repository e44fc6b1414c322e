// Tests of socketmap requests: valid ones, and the table of protocol violations with their answers.

import LookupProtocols
import LookupValues
import Testing

@Suite("A socketmap request")
struct SocketmapRequestTests {
    private static let verifier = DecodingVerifier<Question, SocketmapViolation> { bytes, offset in
        switch decode(bytes, at: offset) {
        case .needsMore:
            .needsMore
        case .request(let request, let end):
            .message(Question(Array(bytes[request.mapName]), Array(bytes[request.key])), end: end)
        // None of those that are verified is so long.
        case .overlong: preconditionFailure("an example is too long")
        case .violation(let violation):
            .violation(violation)
        }
    }

    private static let valid: [(payload: [UInt8], question: Question)] = [
        (Array("virtual user@example.com".utf8), Question("virtual", "user@example.com")),
        (Array("m k".utf8), Question("m", "k")),
        (Array("m ".utf8), Question("m", "")),
        (Array("m  ".utf8), Question("m", " ")),
        (Array("m two words ".utf8), Question("m", "two words ")),
        (Array("m  leading".utf8), Question("m", " leading")),
        (Array("m 12:a b,c:,".utf8), Question("m", "12:a b,c:,")),
        (Array("a/b:c,\u{e9} k\u{fc}y".utf8), Question("a/b:c,\u{e9}", "k\u{fc}y")),
        (Array("tab\tname key".utf8), Question("tab\tname", "key")),
        ([0xFF, 0x20, 0x00, 0xFF, 0x20, 0x0A, 0x80], Question([0xFF], [0x00, 0xFF, 0x20, 0x0A, 0x80])),
    ]

    @Test("is split at its first blank, however its bytes arrive", arguments: valid)
    func firstBlank(payload: [UInt8], question: Question) {
        Self.verifier.verify(frame(payload), .init(messages: [question]))
    }

    @Test("is read one by one when several run together")
    func runTogether() {
        let together = Self.valid + Self.valid.reversed()
        Self.verifier.verify(
            together.flatMap { frame($0.payload) }, .init(messages: together.map(\.question)))
    }

    private static let violations: [(String, SocketmapViolation)] = [
        ("x", .frame(.malformedLength)),
        (":m k,", .frame(.malformedLength)),
        ("03:m k,", .frame(.malformedLength)),
        (" 3:m k,", .frame(.malformedLength)),
        ("-3:m k,", .frame(.malformedLength)),
        ("virtual user@example.com\n", .frame(.malformedLength)),
        ("get virtual user\n", .frame(.malformedLength)),
        ("1048577", .frame(.tooLong(limit: 1_048_576))),
        ("99999999999999999999:", .frame(.tooLong(limit: 1_048_576))),
        ("16385: ", .emptyMapName),
        ("16385:\(String(repeating: "n", count: 6_384))", .frame(.tooLong(limit: 16_384))),
        ("3:m k\n", .frame(.missingComma)),
        ("3:m key,", .frame(.missingComma)),
        ("0:,", .missingBlank),
        ("7:virtual,", .missingBlank),
        ("8:virtual\t,", .missingBlank),
        ("1: ,", .emptyMapName),
        ("5: user,", .emptyMapName),
    ]

    private static let answers: [(SocketmapViolation, String)] = [
        (.frame(.malformedLength), "53:TEMP the request is not a netstring: malformed length,"),
        (.frame(.tooLong(limit: 1_048_576)), "28:TEMP the request is too long,"),
        (.frame(.missingComma), "56:TEMP the request is not a netstring: no comma at its end,"),
        (.missingBlank, "48:TEMP the request has no blank after the map name,"),
        (.emptyMapName, "38:TEMP the request has an empty map name,"),
    ]

    @Test("is a violation from its first wrong byte on, and what follows is not read", arguments: violations)
    func firstWrongByte(text: String, violation: SocketmapViolation) {
        let bytes = Array(text.utf8)
        let request = frame(Array("m k".utf8))
        Self.verifier.verify(bytes, .init(violation: violation))
        Self.verifier.verify(bytes + request, .init(violation: violation))
        Self.verifier.verify(request + bytes, .init(messages: [Question("m", "k")], violation: violation))
    }

    @Test("has a constant answer to each violation, always a temporary failure", arguments: answers)
    func answer(violation: SocketmapViolation, answer: String) {
        var output: [UInt8] = []
        SocketmapReply.append(violation.outcome, to: &output)
        #expect(String(decoding: output, as: UTF8.self) == answer)
    }

    @Test("may have a key of 10,000 bytes and no longer one")
    func longestKey() {
        let name = String(repeating: "n", count: 6_383)
        let longest = frame(Array("\(name) ".utf8) + [UInt8](repeating: UInt8(ascii: "k"), count: 10_000))
        #expect(longest.count == 16_391)
        guard case .request(let request, longest.count) = decode(longest) else {
            Issue.record("the longest request is not taken")
            return
        }
        #expect(request.mapName == 6..<6_389)
        #expect(request.key == 6_390..<16_390)
        let longer = frame(Array("m ".utf8) + [UInt8](repeating: UInt8(ascii: "k"), count: 10_001))
        #expect(decode(Array(longer.dropLast())) == .needsMore)
        guard case .overlong(let request, longer.count) = decode(longer) else {
            Issue.record("a key of 10,001 bytes is taken")
            return
        }
        #expect(request.mapName == 6..<7)
    }

    @Test("is told to be too long from its map's name on, and not kept", arguments: [16_385, 1_048_576])
    func overlong(length: Int) {
        let bytes = Array("\(length):map k".utf8) + [UInt8](repeating: UInt8(ascii: "k"), count: 20_000)
        let blank = bytes.firstIndex(of: UInt8(ascii: " "))!
        let start = "\(length):".utf8.count
        for count in 0...bytes.count {
            let decoded = decode(Array(bytes.prefix(count)))
            if count <= blank {
                #expect(decoded == .needsMore, "\(count)")
            } else if case .overlong(let request, let end) = decoded {
                #expect(request.mapName == start..<blank && end == start + length + 1, "\(count)")
            } else {
                Issue.record("\(decoded) of \(count) bytes")
            }
        }
    }

    @Test("never traps, and never reaches outside the buffer, whatever the bytes")
    func randomBytes() {
        var random = SplitMix64(seed: 2)
        var requests = 0
        for round in 0..<50_000 {
            let bytes: [UInt8]
            if round.isMultiple(of: 2) {
                bytes = random.netstringLikeBytes(upTo: 40)
            } else {
                // A frame around rubbish, with rubbish around it, and now and then a byte that was changed.
                let rubbish = random.netstringLikeBytes(upTo: 12)
                var framed = frame(rubbish) + random.netstringLikeBytes(upTo: 12)
                if Bool.random(using: &random) {
                    let index = Int.random(in: 0..<framed.count, using: &random)
                    framed[index] = .random(in: 0...255, using: &random)
                }
                bytes = framed
            }
            let offset = Int.random(in: 0...bytes.count, using: &random)
            for offset in [0, offset] {
                let decoded = decode(bytes, at: offset)
                guard case .request(let request, let end) = decoded else { continue }
                requests += 1
                #expect(request.mapName.lowerBound > offset && !request.mapName.isEmpty)
                #expect(request.key.lowerBound == request.mapName.upperBound + 1)
                #expect(end == request.key.upperBound + 1 && end <= bytes.count)
                #expect(!bytes[request.mapName].contains(UInt8(ascii: " ")))
            }
        }
        #expect(requests > 100, "the random bytes hold requests: \(requests)")
    }
}

/// A request with its bytes, not their places.
struct Question: Equatable, Sendable {
    let mapName: [UInt8]
    let key: [UInt8]

    init(_ mapName: [UInt8], _ key: [UInt8]) {
        self.mapName = mapName
        self.key = key
    }

    init(_ mapName: String, _ key: String) {
        self.init(Array(mapName.utf8), Array(key.utf8))
    }
}

/// The payload in a netstring.
private func frame(_ payload: [UInt8]) -> [UInt8] {
    Array("\(payload.count):".utf8) + payload + Array(",".utf8)
}

private func decode(_ bytes: [UInt8], at offset: Int = 0) -> SocketmapRequest.Decoded {
    SocketmapRequest.decode(bytes.span, at: offset)
}
