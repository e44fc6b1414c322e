// The decoders of both protocols: whatever the pieces in which bytes come, the messages are the same.

internal import LookupProtocols
internal import LookupValues

/// What a decoder says, whichever it is.
private enum Step: Equatable {
    case needsMore
    case message(String, end: Int)
    case violation(String)
}

/// Checks every message of the stream, and what is said of each beginning of it.
///
/// - Parameter decode: what the decoder says of the bytes from an offset on.
private func checkStream(_ bytes: [UInt8], _ decode: ([UInt8], Int) -> Step) {
    var offset = 0
    // What has no message, or a violation, costs a look at each of its beginnings.
    while offset <= bytes.count, offset < 512 {
        let whole = decode(bytes, offset)
        var end = bytes.count
        if case .message(_, let messageEnd) = whole { end = messageEnd }
        check(end <= bytes.count && end >= offset, "a message ends at \(end) of \(bytes.count)")
        var isKnown = false
        for count in beginnings(offset, end) {
            let step = decode([UInt8](bytes[..<count]), offset)
            if isKnown || count == bytes.count {
                check(step == whole, "\(step) of \(count) bytes, \(whole) of all")
            } else if step != .needsMore {
                check(step == whole, "\(step) of \(count) bytes, \(whole) of all")
                isKnown = true
            }
            if case .message = step { check(count >= end, "a message before its end") }
        }
        guard case .message = whole else { return }
        check(end > offset, "a message of no bytes")
        // The bytes before are nothing to a message: the same comes when a session has moved it to the front.
        let moved = decode([UInt8](bytes[offset...]), 0)
        if case .message(_, let movedEnd) = moved {
            check(movedEnd == end - offset, "the message ends elsewhere when moved")
        } else {
            fatalError("no message when moved")
        }
        offset = end
    }
}

/// The ends of beginnings to look at: every one of a short message, of a long one those near both ends.
private func beginnings(_ offset: Int, _ end: Int) -> [Int] {
    guard end - offset > 192 else { return Array(offset...end) }
    return Array(offset..<offset + 96) + Array(end - 96...end)
}

func fuzzNetstring(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let limit = [0, 1, 9, 10, 100, 16_384, 100_000, Netstring.greatestLimit][Int(first % 8)]
    let bytes = [UInt8](input.dropFirst())
    checkStream(bytes) { bytes, offset in
        switch Netstring.decode(bytes.span, at: offset, limit: limit) {
        case .needsMore: return .needsMore
        case .violation(let violation): return .violation("\(violation)")
        case .message(let payload, let end):
            check(payload.count <= limit, "a payload beyond the limit")
            // The one way to write it.
            let written = Array("\(payload.count):".utf8) + bytes[payload] + [UInt8(ascii: ",")]
            check(written[...] == bytes[offset..<end], "not what its payload is written as")
            check(
                end - offset == Netstring.frameLength(payloadLength: payload.count),
                "a frame of another length")
            return .message("\(payload.lowerBound - offset)", end: end)
        }
    }
    // And back: a reply is a netstring that says what went in.
    var output: [UInt8] = []
    if !bytes.isEmpty {
        SocketmapReply.append(.found(bytes), to: &output)
        checkReply(output, is: Array("OK ".utf8) + bytes)
        let reason = String(decoding: bytes, as: UTF8.self)
        for (outcome, word) in [
            (LookupOutcome.temporaryFailure(reason), "TEMP "), (.permanentFailure(reason), "PERM "),
        ] {
            output = []
            SocketmapReply.append(outcome, to: &output)
            checkFailure(output, word: word)
        }
    }
}

private func checkReply(_ output: [UInt8], is expected: [UInt8]) {
    let limit = SocketmapReply.maximumReplyLength
    guard case .message(let payload, let end) = Netstring.decode(output.span, at: 0, limit: limit)
    else { fatalError("a reply that is no netstring") }
    check(end == output.count, "more than one reply")
    if expected.count <= limit { check([UInt8](output[payload]) == expected, "a reply says something else") }
}

private func checkFailure(_ output: [UInt8], word: String) {
    guard case .message(let payload, let end) = Netstring.decode(output.span, at: 0, limit: 1_000),
        end == output.count
    else { fatalError("a reply that is no netstring") }
    let text = [UInt8](output[payload])
    check(text.starts(with: word.utf8), "a failure begins with something else")
    check(text.text != nil, "a reason was cut inside a character")
    check(text.allSatisfy { $0 >= 0x20 && $0 != 0x7F }, "a reason has a control character")
}

func fuzzSocketmap(_ input: [UInt8]) {
    checkStream(input) { bytes, offset in
        switch SocketmapRequest.decode(bytes.span, at: offset) {
        case .needsMore: return .needsMore
        case .violation(let violation):
            guard case .temporaryFailure(let reason) = violation.outcome else {
                fatalError("a violation that is not a temporary failure")
            }
            return .violation(reason)
        case .request(let request, let end):
            let name = bytes[request.mapName]
            check(!name.isEmpty && !name.contains(UInt8(ascii: " ")), "a map name with a blank, or none")
            let payload = name + [UInt8(ascii: " ")] + bytes[request.key]
            let written = Array("\(payload.count):".utf8) + payload + [UInt8(ascii: ",")]
            check([UInt8](written) == [UInt8](bytes[offset..<end]), "not what a client would write")
            return .message("\(name.count) \(request.key.count)", end: end)
        case .overlong(let request, let end):
            check(request.key.count > SocketmapRequest.maximumKeyLength, "a key that is not too long")
            check(request.key.upperBound + 1 == end, "it ends elsewhere")
            // What follows is for the session to skip.
            return .violation("too long")
        }
    }
}

func fuzzAttributes(_ input: [UInt8]) {
    // The corpus's first byte means nothing.
    let bytes = [UInt8](input.dropFirst())
    checkStream(bytes) { bytes, offset in
        var place = AttributeListEnd()
        let end = place.find(in: bytes.span, from: offset)
        let model = endOfList(bytes, from: offset)
        check(
            model == end, "the list ends at \(String(describing: end)), not at \(String(describing: model))")
        return end.map { .message("", end: $0) } ?? .needsMore
    }

    // The same ends, however a relay gets the pieces.
    let ends = listEnds(bytes, pieces: [bytes.count])
    for size in [1, 2, 3, 7] {
        check(listEnds(bytes, pieces: [size]) == ends, "other ends in pieces of \(size)")
    }
    for split in beginnings(0, bytes.count) {
        check(listEnds(bytes, pieces: [split, bytes.count]) == ends, "other ends when split at \(split)")
    }
}

/// The end of a list, found by its fields: every second one is a name, and the empty name ends it.
private func endOfList(_ bytes: [UInt8], from offset: Int) -> Int? {
    var isName = true
    var start = offset
    for index in offset..<bytes.count where bytes[index] == 0 {
        if isName && index == start { return index + 1 }
        isName.toggle()
        start = index + 1
    }
    return nil
}

/// Where lists end for `AttributeListEnd`, the last size of piece being that of all others.
private func listEnds(_ bytes: [UInt8], pieces: [Int]) -> [Int] {
    var place = AttributeListEnd()
    var ends: [Int] = []
    var start = 0
    var sizes = pieces[...]
    while start < bytes.count {
        let size = max(1, sizes.count > 1 ? sizes.removeFirst() : sizes[sizes.startIndex])
        let piece = [UInt8](bytes[start..<min(bytes.count, start + size)])
        var offset = 0
        while let end = place.find(in: piece.span, from: offset) {
            ends.append(start + end)
            offset = end
        }
        start += piece.count
    }
    return ends
}

func fuzzProxymap(_ input: [UInt8]) {
    checkStream(input) { bytes, offset in
        switch ProxymapRequest.decode(bytes.span, at: offset) {
        case .needsMore: return .needsMore
        case .violation(let violation): return .violation("\(violation)")
        case .request(let request, let end):
            checkRequest(request, bytes, offset..<end)
            return .message("\(request.kind) \(request.generation) \(request.flags.rawValue)", end: end)
        case .overlong: fatalError("no input is so long")
        }
    }
    checkStream(input) { bytes, offset in
        switch ProxymapGreeting.decode(bytes.span, at: offset) {
        case .needsMore: return .needsMore
        case .violation: return .violation("")
        case .greeting(let end):
            var greeting: [UInt8] = []
            ProxymapGreeting.append(to: &greeting)
            check(bytes[offset..<end] == greeting[...], "a greeting that says something else")
            return .message("", end: end)
        }
    }
}

private func checkRequest(_ request: ProxymapRequest, _ bytes: [UInt8], _ range: Range<Int>) {
    check(request.bytes == range, "a relay would pass on \(request.bytes) of \(range)")
    check(endOfList([UInt8](bytes[range]), from: 0) == range.count, "the request is not one list")
    for part in [request.table, request.key] {
        check(part.lowerBound >= range.lowerBound && part.upperBound <= range.upperBound, "a part outside")
        check(!bytes[part].contains(0), "a part with a NUL")
    }
    check(!bytes[request.table].starts(with: "proxy:".utf8), "a table with its prefix")
    checkFields(request, bytes, range)

    // Every answer is one list, too.
    let reply = ProxymapReply(to: request)
    var answers: [[UInt8]] = [[], []]
    reply.appendRetry(to: &answers[0])
    reply.appendRefusal(to: &answers[1])
    switch request.kind {
    case .lookup:
        let value = [UInt8](bytes[request.key])
        for outcome in [LookupOutcome.found(value + [0x21]), .notFound, .temporaryFailure("")] {
            answers.append([])
            reply.append(outcome, to: &answers[answers.count - 1])
        }
        check(answers[2].contains(Array("value\0".utf8) + value + [0x21, 0]), "a value is lost")
    case .open:
        answers.append([])
        reply.appendOpened(to: &answers[2])
    case .update, .delete, .sequence, .unknown:
        break
    }
    for answer in answers {
        check(answer.starts(with: "status\0".utf8), "an answer without a status")
        check(endOfList(answer, from: 0) == answer.count, "an answer is not one list")
    }
}

/// Compares what a known request says with the list's fields, as split at each NUL.
private func checkFields(_ request: ProxymapRequest, _ bytes: [UInt8], _ range: Range<Int>) {
    guard request.kind != .unknown else { return }
    let fields = bytes[range].dropLast(2).split(separator: 0, omittingEmptySubsequences: false)
    var values: [String: [UInt8]] = [:]
    for index in stride(from: 0, to: fields.count - 1, by: 2) {
        values[String(decoding: fields[index], as: UTF8.self)] = [UInt8](fields[index + 1])
    }
    func number(_ name: String) -> UInt32? { values[name]?.text.flatMap(UInt32.init) }
    check(values["request"]?.text == "\(request.kind)", "the request is of another kind")
    check(values["table"]?.suffix(request.table.count) == bytes[request.table], "another table")
    check((values["key"] ?? []) == [UInt8](bytes[request.key]), "another key")
    let instance = number("instance_flags")
    check((instance != nil) == (request.generation == .from311), "another generation")
    check(request.flags.rawValue == number("flags") ?? instance, "other flags")
    check(request.instanceFlags.rawValue == instance ?? request.flags.rawValue, "other instance flags")
}
