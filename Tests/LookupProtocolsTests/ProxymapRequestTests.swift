// Tests of proxymap requests: those that Postfix sends, however they arrive, and how long one may be.

import LookupProtocols
import Testing

@Suite("A proxymap request")
struct ProxymapRequestTests {
    @Test(
        "is read the same whole, split at every byte, and byte by byte", arguments: ProxymapQuestion.examples)
    func everySplit(bytes: [UInt8], question: ProxymapQuestion) {
        proxymapVerifier.verify(bytes, .init(messages: [question]))
    }

    @Test("is read one by one when several run together, and when the last is not whole")
    func runTogether() {
        let examples = ProxymapQuestion.examples + ProxymapQuestion.examples.reversed()
        let bytes = examples.flatMap(\.bytes)
        let questions = examples.map(\.question)
        proxymapVerifier.verify(bytes, .init(messages: questions))
        proxymapVerifier.verify(
            bytes + proxymapBytes("request|open|tab"), .init(messages: questions, bytesLeft: 16))
    }

    @Test("keeps the whole list's place for the relay")
    func wholeList() {
        for (bytes, _) in ProxymapQuestion.examples {
            let buffer = Array("before".utf8) + bytes + Array("after".utf8)
            guard case .request(let request, let end) = ProxymapRequest.decode(buffer.span, at: 6) else {
                Issue.record("no request: \(proxymapText(bytes))")
                continue
            }
            #expect(request.bytes == 6..<end && Array(buffer[request.bytes]) == bytes)
        }
    }

    @Test(
        "names a table without the prefixes proxy:",
        arguments: [
            ("proxy:pgsql:/q.cf", "pgsql:/q.cf"), ("proxy:proxy:proxy:pgsql:/q.cf", "pgsql:/q.cf"),
            ("pgsql:proxy:x", "pgsql:proxy:x"), ("proxy", "proxy"), ("proxy:", ""), ("proxy:proxy", "proxy"),
            ("Proxy:x", "Proxy:x"), ("proxyx:y", "proxyx:y"), ("", ""),
        ])
    func prefixes(table: String, stripped: String) {
        for (attributes, generation) in [
            ("flags|7", ProxymapRequest.Generation.upTo310), ("instance_flags|7|flags|7", .from311),
        ] {
            let text = "request|lookup|table|\(table)|\(attributes)|key|proxy:k||"
            let question = ProxymapQuestion(
                kind: .lookup, generation: generation, table: stripped, instanceFlags: 7, flags: 7,
                key: Array("proxy:k".utf8), length: text.utf8.count)
            proxymapVerifier.verify(proxymapBytes(text), .init(messages: [question]))
        }
        let unknown = proxymapBytes("request|new|table|\(table)||")
        #expect(decode(unknown).map { ProxymapQuestion($0, unknown).table } == stripped)
    }

    @Test("has a key of any bytes but NUL")
    func anyKey() {
        let key = (1...255).map { UInt8($0) }
        let bytes = proxymapBytes("request|lookup|table|t:x|flags|0|key|") + key + [0, 0]
        #expect(decode(bytes).map { Array(bytes[$0.key]) } == key)
    }

    @Test("asks for folding by its own flags, not by the instance's")
    func folding() {
        let fold: UInt32 = 1 << 14
        let cases: [(String, Bool)] = [
            ("flags|\(fold)", true), ("flags|524353", false), ("flags|540737", true),
            ("instance_flags|540737|flags|1589329", true), ("instance_flags|540737|flags|524353", false),
            ("instance_flags|524353|flags|540737", true), ("flags|\(fold * 2)", false),
        ]
        for (flags, folds) in cases {
            let bytes = proxymapBytes("request|lookup|table|t:x|\(flags)|key|K||")
            #expect(decode(bytes)?.foldsKey == folds, "\(flags)")
        }
    }

    @Test("is of text beyond ASCII where the instance's flags or its own say so")
    func utf8() {
        let (request, active) = (1 << 19, 1 << 20)
        let cases: [(String, Bool)] = [
            ("flags|16384", false), ("flags|\(request + 16384)", true), ("flags|\(active + 16384)", true),
            ("instance_flags|16384|flags|16384", false), ("instance_flags|\(request)|flags|16384", true),
            ("instance_flags|0|flags|\(active + 16384)", true),
        ]
        for (flags, isUTF8) in cases {
            let bytes = proxymapBytes("request|lookup|table|t:x|\(flags)|key|K||")
            #expect(decode(bytes)?.isUTF8 == isUTF8, "\(flags)")
        }
    }

    @Test("whose key or value is too long to be kept is known up to its key, and no further")
    func overlong() {
        let limit = ProxymapRequest.maximumLength
        for (head, kind) in [
            ("request|lookup|table|proxy:t:x|flags|7|", ProxymapRequest.Kind.lookup),
            ("request|lookup|table|t:x|instance_flags|1|flags|7|", .lookup),
            ("request|delete|table|t:x|flags|7|", .delete), ("request|update|table|t:x|flags|7|", .update),
        ] {
            let value = kind == .update ? "|value|" : ""
            let start = Array(proxymapBytes("\(head)key|k\(value)"))
            let bytes = start + [UInt8](repeating: UInt8(ascii: "k"), count: limit)
            for count in [limit - 1, limit, limit + 1, bytes.count] {
                let decoded = ProxymapRequest.decode(Array(bytes.prefix(count)).span, at: 0)
                if count < limit {
                    #expect(decoded == .needsMore)
                    continue
                }
                guard case .overlong(let request) = decoded else {
                    Issue.record("\(decoded) of \(count) bytes")
                    continue
                }
                #expect(request.kind == kind && request.flags.rawValue == 7 && request.key.isEmpty)
                #expect(Array(bytes[request.table]) == Array("t:x".utf8))
            }
        }
    }

    @Test("may be 131,072 bytes long and no longer, whatever part of it is long")
    func longest() {
        let limit = ProxymapRequest.maximumLength
        let parts = [
            ("request|lookup|table|t:", "|flags|0|key|k||"), ("request|lookup|table|t:x|flags|0|key|", "||"),
            ("request|open|table|t:x|flags|", "1||"), ("request|", "||"), ("request|new|", "|||"),
            ("request|new|table|", "||"),
        ]
        for (before, after) in parts {
            let room = limit - before.utf8.count - after.utf8.count
            let fill = [UInt8](repeating: UInt8(ascii: "0"), count: room)
            let longest = proxymapBytes(before) + fill + proxymapBytes(after)
            #expect(decode(longest)?.bytes == 0..<limit, "\(before)")
            let tooLong = proxymapBytes(before) + fill + [0x30] + proxymapBytes(after)
            // So far it is read.
            let hasKey = (before + after).contains("key|")
            for length in [limit - 1, limit, limit + 1] {
                let bytes = Array(tooLong.prefix(length))
                switch ProxymapRequest.decode(bytes.span, at: 0) {
                case .needsMore: #expect(length < limit, "\(before)")
                case .overlong: #expect(length >= limit && hasKey, "\(before)")
                case .violation(.tooLong(limit)):
                    #expect(length >= limit && !hasKey, "\(before)")
                case let other: Issue.record("\(other) of \(before) \(length)")
                }
            }
            // Bytes of the next request count for nothing.
            #expect(decode(longest + tooLong)?.bytes == 0..<limit)
        }
    }

    @Test("is not asked for outside the buffer")
    func ownMistakes() async {
        await #expect(processExitsWith: .failure) {
            _ = ProxymapRequest.decode([UInt8]().span, at: 1)
        }
        await #expect(processExitsWith: .failure) {
            _ = ProxymapRequest.decode([UInt8]().span, at: -1)
        }
    }

    private func decode(_ bytes: [UInt8]) -> ProxymapRequest? {
        guard case .request(let request, _) = ProxymapRequest.decode(bytes.span, at: 0) else { return nil }
        return request
    }
}
