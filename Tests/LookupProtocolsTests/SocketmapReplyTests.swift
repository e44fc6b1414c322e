// Tests of socketmap replies: what each outcome looks like on the wire, and the limits of a reply.

import LookupProtocols
import LookupValues
import Testing

@Suite("A socketmap reply")
struct SocketmapReplyTests {
    private static let examples: [(LookupOutcome, String)] = [
        (.found(Array("a".utf8)), "4:OK a,"),
        (.found(Array("mbox7@store7.example.net".utf8)), "27:OK mbox7@store7.example.net,"),
        (.found(Array("1234567".utf8)), "10:OK 1234567,"),
        (.found(Array(" , \n:".utf8)), "8:OK  , \n:,"),
        (.found(Array("k\u{fc}y".utf8)), "7:OK k\u{fc}y,"),
        (.notFound, "9:NOTFOUND ,"),
        (.temporaryFailure("timeout"), "12:TEMP timeout,"),
        (.temporaryFailure(""), "5:TEMP ,"),
        (.temporaryFailure("a\nb\r\tc\0d\u{7f}"), "23:TEMP a\\nb\\r\\tc\\0d\\u{7F},"),
        (.temporaryFailure("\u{e9} \u{9f}\u{a0}\u{1f600}"), "20:TEMP \u{e9} \\u{9F}\u{a0}\u{1f600},"),
        (.permanentFailure("unknown map"), "16:PERM unknown map,"),
    ]

    @Test("says exactly what the outcome is", arguments: examples)
    func exactBytes(outcome: LookupOutcome, expected: String) {
        #expect(text(outcome) == expected)
    }

    @Test("goes after what the output already holds")
    func appends() {
        var output: [UInt8] = []
        for (outcome, _) in Self.examples {
            SocketmapReply.append(outcome, to: &output)
        }
        #expect(output == Self.examples.flatMap { Array($0.1.utf8) })
    }

    @Test("has the length right at every number of digits")
    func lengths() {
        for length in [4, 9, 10, 11, 99, 100, 101, 999, 1000, 9999, 10_000, 99_999, 100_000] {
            let value = [UInt8](repeating: UInt8(ascii: "v"), count: length - 3)
            var output: [UInt8] = []
            SocketmapReply.append(.found(value), to: &output)
            #expect(output == Array("\(length):OK ".utf8) + value + Array(",".utf8))
            #expect(
                Netstring.decode(output.span, at: 0, limit: SocketmapReply.maximumReplyLength)
                    == .message(payload: "\(length):".utf8.count..<output.count - 1, end: output.count))
            #expect(Netstring.frameLength(payloadLength: length) == output.count)
        }
    }

    @Test("is a temporary failure, never a part of the value, when the value does not fit")
    func tooLong() {
        for length in [99_998, 99_999, 1_000_000] {
            #expect(
                text(.found([UInt8](repeating: UInt8(ascii: "v"), count: length)))
                    == "48:TEMP the value is too long for a socketmap reply,")
        }
    }

    @Test("has a reason of at most 512 bytes, cut between characters")
    func longReasons() {
        let plain = String(repeating: "r", count: 512)
        #expect(text(.temporaryFailure(plain)) == "517:TEMP \(plain),")
        let start = String(repeating: "r", count: 509)
        #expect(text(.permanentFailure(plain + "r")) == "517:PERM \(start)…,")
        #expect(text(.temporaryFailure(start + "r\u{e9}")) == "517:TEMP \(start)r\u{e9},")
        #expect(text(.temporaryFailure(start + "rr\u{e9}")) == "517:TEMP \(start)…,")
        let shorter = String(repeating: "r", count: 507)
        #expect(text(.temporaryFailure(shorter + "r\u{e9}more")) == "516:TEMP \(shorter)r…,")
        #expect(text(.temporaryFailure(shorter + "\u{85}more")) == "515:TEMP \(shorter)…,")
        #expect(text(.temporaryFailure(shorter + "\u{e9}\u{1f600}")) == "517:TEMP \(shorter)\u{e9}…,")
    }

    @Test("to a value that was found and is empty is our own mistake and traps")
    func emptyValue() async {
        await #expect(processExitsWith: .failure) {
            var output: [UInt8] = []
            SocketmapReply.append(.found([]), to: &output)
        }
    }

    @Test("never shrinks the room the output has, and grows it in steps")
    func growth() {
        var output: [UInt8] = []
        var steps = 0
        var shrunk = false
        for _ in 0..<2000 {
            let before = output.capacity
            SocketmapReply.append(.found(Array("mbox7@store7.example.net".utf8)), to: &output)
            SocketmapReply.append(.temporaryFailure("timeout"), to: &output)
            steps += output.capacity == before ? 0 : 1
            shrunk = shrunk || output.capacity < before
        }
        #expect(!shrunk)
        #expect(steps < 40)
    }

    private func text(_ outcome: LookupOutcome) -> String {
        var output: [UInt8] = []
        SocketmapReply.append(outcome, to: &output)
        return String(decoding: output, as: UTF8.self)
    }
}
