// An independent reading of the proxymap protocol: every request's shape, written down string by string.

import LookupProtocols

/// What the decoder or the model makes of bytes, with the ranges replaced by the bytes in them.
enum ProxymapAnswer: Equatable {
    case needsMore
    case request(ProxymapQuestion)
    case violation(ProxymapViolation)

    init(_ decoded: ProxymapRequest.Decoded, _ bytes: [UInt8]) {
        switch decoded {
        case .needsMore: self = .needsMore
        case .request(let request, let end):
            precondition(end == request.bytes.upperBound && end <= bytes.count)
            self = .request(ProxymapQuestion(request, bytes))
        case .overlong: preconditionFailure("the model knows none that are so long")
        case .violation(let violation): self = .violation(violation)
        }
    }
}

/// The model. It tries every shape on the strings between NULs, without a thought for speed.
enum ProxymapModel {
    private enum Part: Sendable {
        case word(String)
        case number(any WritableKeyPath<ProxymapQuestion, UInt32> & Sendable)
        /// A number that the decoder reads and does not keep.
        case unkeptNumber
        case table
        case key
        case any

        var isNumber: Bool {
            switch self {
            case .number, .unkeptNumber: true
            case .word, .table, .key, .any: false
            }
        }
    }

    private struct Shape: Sendable {
        let kind: ProxymapRequest.Kind
        let generation: ProxymapRequest.Generation
        let parts: [Part]
    }

    private static let shapes: [Shape] = {
        var shapes: [Shape] = []
        for generation in [ProxymapRequest.Generation.upTo310, .from311] {
            let instance: [Part] = [.word("instance_flags"), .number(\.instanceFlags)]
            let flags: [Part] = [.word("flags"), .number(\.flags)]
            let key: [Part] = [.word("key"), .key]
            func add(_ name: String, _ kind: ProxymapRequest.Kind, _ parts: [Part]) {
                let head: [Part] = [.word("request"), .word(name), .word("table"), .table]
                shapes.append(
                    Shape(kind: kind, generation: generation, parts: head + parts + [.word("")]))
            }
            let both = generation == .from311 ? instance + flags : flags
            add("open", .open, generation == .from311 ? instance : flags)
            add("lookup", .lookup, both + key)
            add("update", .update, both + key + [.word("value"), .any])
            add("delete", .delete, both + key)
            add("sequence", .sequence, both + [.word("function"), .unkeptNumber])
        }
        return shapes
    }()

    /// Reads the request at the beginning of bytes that are much fewer than the longest request's.
    static func decode(_ bytes: [UInt8]) -> ProxymapAnswer {
        let whole = AttributeListModel.strings(bytes)
        let rest = Array(bytes.suffix(bytes.count - whole.reduce(0) { $0 + $1.count + 1 }))
        let names = ["open", "lookup", "update", "delete", "sequence"].map { Array($0.utf8) }
        if whole.count >= 2, whole[0] == Array("request".utf8), !names.contains(whole[1]) {
            return unknown(whole, bytes)
        }
        var best: (count: Int, violation: ProxymapViolation)?
        var needsMore = false
        for shape in shapes {
            var matched = 0
            while matched < min(whole.count, shape.parts.count), fits(whole[matched], shape.parts[matched]) {
                matched += 1
            }
            if matched == shape.parts.count {
                return .request(question(shape, whole))
            }
            let part = shape.parts[matched]
            if matched == whole.count, mayBegin(rest, part) {
                needsMore = true
            }
            if matched >= best?.count ?? 0 {
                best = (matched, part.isNumber ? .malformedNumber : .unexpectedAttribute)
            }
        }
        // A second name that is not whole may become any, known or not.
        if whole.count == 1, whole[0] == Array("request".utf8) { needsMore = true }
        return needsMore ? .needsMore : .violation(best!.violation)
    }

    private static func unknown(_ whole: [[UInt8]], _ bytes: [UInt8]) -> ProxymapAnswer {
        guard let end = AttributeListModel.end(of: bytes) else { return .needsMore }
        let hasTable = whole.count > 3 && whole[2] == Array("table".utf8)
        return .request(
            ProxymapQuestion(kind: .unknown, table: hasTable ? table(whole[3]) : "", length: end))
    }

    private static func fits(_ string: [UInt8], _ part: Part) -> Bool {
        switch part {
        case .word(let word): string == Array(word.utf8)
        case .number, .unkeptNumber: !string.isEmpty && mayBegin(string, part)
        case .table, .key, .any: true
        }
    }

    private static func mayBegin(_ string: [UInt8], _ part: Part) -> Bool {
        switch part {
        case .word(let word):
            return Array(word.utf8).starts(with: string)
        case .number, .unkeptNumber:
            let digits = Array("0123456789".utf8)
            return string.allSatisfy(digits.contains)
                && Double("0" + String(decoding: string, as: UTF8.self))! < 4_294_967_296
        case .table, .key, .any:
            return true
        }
    }

    private static func question(_ shape: Shape, _ strings: [[UInt8]]) -> ProxymapQuestion {
        var question = ProxymapQuestion(kind: shape.kind, generation: shape.generation)
        for (string, part) in zip(strings, shape.parts) {
            question.length += string.count + 1
            switch part {
            case .word, .any, .unkeptNumber: break
            case .table: question.table = table(string)
            case .key: question.key = string
            case .number(let path): question[keyPath: path] = UInt32(String(decoding: string, as: UTF8.self))!
            }
        }
        switch (shape.generation, shape.kind) {
        case (.upTo310, _): question.instanceFlags = question.flags
        case (.from311, .open): question.flags = question.instanceFlags
        case (.from311, _): break
        }
        return question
    }

    private static func table(_ string: [UInt8]) -> String {
        var table = String(decoding: string, as: UTF8.self)
        while table.hasPrefix("proxy:") { table.removeFirst(6) }
        return table
    }
}
