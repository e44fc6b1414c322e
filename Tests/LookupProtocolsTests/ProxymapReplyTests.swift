// Tests of proxymap replies: the recorded bytes of both generations, and what no client may hear.

import LookupProtocols
import LookupValues
import Testing

@Suite("A proxymap reply")
struct ProxymapReplyTests {
    private static let table = "table|pgsql:/etc/postfix/q.cf"
    private static let lookup310 = "request|lookup|\(table)|flags|524353|key|user7@example7.com||"
    private static let lookup311 =
        "request|lookup|\(table)|instance_flags|540737|flags|1589329|key|User8@EXAMPLE8.com||"

    @Test(
        "to a lookup is the recorded one, and any failure is RETRY",
        arguments: [
            (
                .found(Array("mbox7@store7.example.net".utf8)), "status|0|value|mbox7@store7.example.net||",
                "status|0|flags|1589329|value|mbox7@store7.example.net||"
            ),
            (.notFound, "status|1|value|||", "status|1|flags|1589329|value|||"),
            (.temporaryFailure("timeout"), "status|2|value|||", "status|2|flags|1589329|value|||"),
            (.permanentFailure("unknown map"), "status|2|value|||", "status|2|flags|1589329|value|||"),
        ] as [(LookupOutcome, String, String)])
    func lookups(outcome: LookupOutcome, upTo310: String, from311: String) {
        #expect(text(Self.lookup310) { $0.append(outcome, to: &$1) } == upTo310)
        #expect(text(Self.lookup311) { $0.append(outcome, to: &$1) } == from311)
    }

    @Test(
        "to an open request has its flags and FIXED, and since 3.11 UTF8_ACTIVE where UTF8_REQUEST is set",
        arguments: [
            ("flags|0", "16"), ("flags|16", "16"), ("flags|524353", "524369"), ("flags|540737", "540753"),
            ("flags|4294967295", "4294967295"), ("flags|4294967279", "4294967295"),
            ("instance_flags|0", "16"), ("instance_flags|540737", "1589329"),
            ("instance_flags|16449", "16465"), ("instance_flags|1064", "1080"),
        ])
    func opened(attributes: String, flags: String) {
        let answer = text("request|open|\(Self.table)|\(attributes)||") { $0.appendOpened(to: &$1) }
        #expect(answer == "status|0|flags|\(flags)||")
    }

    /// Requests, the refusal, and RETRY. The refusals up to 3.10 are recorded from Postfix 3.7.11, but for those
    /// to a lookup and to a sequence request.
    private static let others: [(String, String, String)] = [
        ("request|open|\(table)|flags|7||", "status|4|flags|0||", "status|2|flags|0||"),
        (lookup310, "status|2|value|||", "status|2|value|||"),
        ("request|update|\(table)|flags|7|key|k|value|v||", "status|4||", "status|2||"),
        ("request|delete|\(table)|flags|7|key|k||", "status|4||", "status|2||"),
        (
            "request|sequence|\(table)|flags|7|function|0||", "status|2|key||value|||",
            "status|2|key||value|||"
        ),
        ("request|open|\(table)|instance_flags|7||", "status|4|flags|0||", "status|2|flags|0||"),
        (lookup311, "status|2|flags|1589329|value|||", "status|2|flags|1589329|value|||"),
        (
            "request|update|\(table)|instance_flags|7|flags|8|key|k|value|v||", "status|4|flags|8||",
            "status|2|flags|8||"
        ),
        (
            "request|delete|\(table)|instance_flags|7|flags|8|key|k||", "status|4|flags|8||",
            "status|2|flags|8||"
        ),
        (
            "request|sequence|\(table)|instance_flags|7|flags|8|function|0||",
            "status|2|flags|8|key||value|||", "status|2|flags|8|key||value|||"
        ),
        ("request|nonsense|\(table)||", "status|3||", "status|2||"),
    ]

    @Test(
        "to what is not served is what a read-only service says, without killing a lookup", arguments: others)
    func refusals(request: String, refusal: String, retry: String) {
        #expect(text(request) { $0.appendRefusal(to: &$1) } == refusal)
        #expect(text(request) { $0.appendRetry(to: &$1) } == retry)
    }

    @Test("goes after what the output already holds, and is one whole list")
    func appends() {
        var output = Array("before".utf8)
        var end = output.count
        for (request, _, _) in Self.others {
            let reply = reply(to: request)
            for append in [reply.appendRefusal, reply.appendRetry] {
                append(&output)
                let reply = Array(output[end...])
                #expect(AttributeListModel.end(of: reply) == reply.count)
                end = output.count
            }
        }
        #expect(output.starts(with: "before".utf8))
    }

    @Test("has a value of up to 4,194,304 bytes; a longer one, or one with a NUL, is RETRY and never cut")
    func longValues() {
        let longest = [UInt8](repeating: UInt8(ascii: "v"), count: 4_194_304)
        var output: [UInt8] = []
        reply(to: Self.lookup310).append(.found(longest), to: &output)
        #expect(output == proxymapBytes("status|0|value|") + longest + [0, 0])
        for value in [longest + [0x76], [0], [0x61, 0, 0x62]] {
            #expect(text(Self.lookup310) { $0.append(.found(value), to: &$1) } == "status|2|value|||")
        }
    }

    @Test("to be given takes eight bytes to remember")
    func size() {
        #expect(MemoryLayout<ProxymapReply>.size <= 8)
    }

    @Test("to another kind of request than it is for, or of an empty value, is our own mistake and traps")
    func ownMistakes() async {
        await #expect(processExitsWith: .failure) {
            var output: [UInt8] = []
            reply(to: "request|open|table|t:x|flags|0||").append(.notFound, to: &output)
        }
        await #expect(processExitsWith: .failure) {
            var output: [UInt8] = []
            reply(to: "request|lookup|table|t:x|flags|0|key|k||").appendOpened(to: &output)
        }
        await #expect(processExitsWith: .failure) {
            var output: [UInt8] = []
            reply(to: "request|lookup|table|t:x|flags|0|key|k||").append(.found([]), to: &output)
        }
    }

    private func text(_ request: String, _ append: (ProxymapReply, inout [UInt8]) -> Void) -> String {
        var output: [UInt8] = []
        append(reply(to: request), &output)
        return proxymapText(output)
    }
}

/// The reply to the request of a transcript.
private func reply(to text: String) -> ProxymapReply {
    guard case .request(let request, _) = ProxymapRequest.decode(proxymapBytes(text).span, at: 0) else {
        preconditionFailure("not a request: \(text)")
    }
    return ProxymapReply(to: request)
}
