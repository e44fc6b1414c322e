// Proxymap requests as tests write them down and compare them.

import LookupProtocols

/// A request with its bytes, not their places.
struct ProxymapQuestion: Equatable, Sendable {
    var kind: ProxymapRequest.Kind
    var generation = ProxymapRequest.Generation.upTo310
    var table = "pgsql:/etc/postfix/q.cf"
    var instanceFlags: UInt32 = 0
    var flags: UInt32 = 0
    var key: [UInt8] = []
    var length = 0
}

extension ProxymapQuestion {
    init(_ request: ProxymapRequest, _ bytes: [UInt8]) {
        self.init(
            kind: request.kind, generation: request.generation,
            table: String(decoding: bytes[request.table], as: UTF8.self),
            instanceFlags: request.instanceFlags.rawValue, flags: request.flags.rawValue,
            key: Array(bytes[request.key]), length: request.bytes.count)
    }

    /// A request up to Postfix 3.10, which has one set of flags.
    private static func upTo310(
        _ kind: ProxymapRequest.Kind, flags: UInt32, key: String = ""
    ) -> ProxymapQuestion {
        .init(kind: kind, instanceFlags: flags, flags: flags, key: Array(key.utf8))
    }

    private static func from311(
        _ kind: ProxymapRequest.Kind, flags: UInt32, key: String = ""
    ) -> ProxymapQuestion {
        .init(
            kind: kind, generation: .from311, instanceFlags: 540_737, flags: flags, key: Array(key.utf8))
    }

    private static let table = "table|pgsql:/etc/postfix/q.cf"

    /// Recorded from Postfix 3.7.11 and 3.12; update and delete put together as dict_proxy(3) does, and a few
    /// that no Postfix sends yet.
    private static let transcripts: [(String, ProxymapQuestion)] = [
        ("request|open|\(table)|flags|0||", upTo310(.open, flags: 0)),
        (
            "request|lookup|\(table)|flags|524353|key|user7@example7.com||",
            upTo310(.lookup, flags: 524_353, key: "user7@example7.com")
        ),
        ("request|lookup|\(table)|flags|64|key|||", upTo310(.lookup, flags: 64)),
        ("request|update|\(table)|flags|1|key|k|value|v||", upTo310(.update, flags: 1, key: "k")),
        ("request|delete|\(table)|flags|1|key|k||", upTo310(.delete, flags: 1, key: "k")),
        (
            "request|sequence|\(table)|flags|4294967295|function|1||",
            upTo310(.sequence, flags: .max)
        ),
        ("request|open|\(table)|instance_flags|540737||", from311(.open, flags: 540_737)),
        (
            "request|lookup|\(table)|instance_flags|540737|flags|1589329|key|User8@EXAMPLE8.com||",
            from311(.lookup, flags: 1_589_329, key: "User8@EXAMPLE8.com")
        ),
        (
            "request|update|\(table)|instance_flags|540737|flags|2|key|k|value|||",
            from311(.update, flags: 2, key: "k")
        ),
        (
            "request|delete|\(table)|instance_flags|540737|flags|2|key|k||",
            from311(.delete, flags: 2, key: "k")
        ),
        (
            "request|sequence|\(table)|instance_flags|540737|flags|1589329|function|0||",
            from311(.sequence, flags: 1_589_329)
        ),
        ("request|nonsense||", .init(kind: .unknown, table: "")),
        ("request|||", .init(kind: .unknown, table: "")),
        ("request|lookups|\(table)|new|1||", .init(kind: .unknown)),
        ("request|count|tables|pgsql:x||", .init(kind: .unknown, table: "")),
        ("request|count|new|1|\(table)||", .init(kind: .unknown, table: "")),
    ]

    static let examples: [(bytes: [UInt8], question: ProxymapQuestion)] = transcripts.map { text, question in
        var question = question
        question.length = text.utf8.count
        return (proxymapBytes(text), question)
    }
}

/// The bytes of a transcript, in which `|` stands for NUL.
func proxymapBytes(_ text: String) -> [UInt8] {
    text.utf8.map { $0 == UInt8(ascii: "|") ? 0 : $0 }
}

/// The transcript of bytes.
func proxymapText(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.map { $0 == 0 ? UInt8(ascii: "|") : $0 }, as: UTF8.self)
}

let proxymapVerifier = DecodingVerifier<ProxymapQuestion, ProxymapViolation> { bytes, offset in
    switch ProxymapRequest.decode(bytes.span, at: offset) {
    case .needsMore: .needsMore
    case .request(let request, let end): .message(ProxymapQuestion(request, bytes), end: end)
    // None of those that are verified is so long.
    case .overlong: preconditionFailure("an example is too long")
    case .violation(let violation): .violation(violation)
    }
}
