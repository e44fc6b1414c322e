// Feeds a decoder the same bytes in every way they can arrive, and expects the same messages each time.

import Testing

/// What a decoder under test says about the bytes from an offset on, with the ranges replaced by the bytes in
/// them.
enum DecodingStep<Message: Equatable, Violation: Equatable>: Equatable {
    case needsMore
    case message(Message, end: Int)
    case violation(Violation)
}

/// Everything a connection's bytes came to.
struct DecodedStream<Message: Equatable, Violation: Equatable>: Equatable {
    var messages: [Message] = []
    var violation: Violation?
    /// Bytes that are not a whole message yet. After a violation, what follows it counts for nothing, so it
    /// is 0.
    var bytesLeft = 0
}

/// A decoder to be verified: the function, as a session calls it.
struct DecodingVerifier<Message: Equatable, Violation: Equatable>: Sendable {
    typealias Stream = DecodedStream<Message, Violation>

    let decode: @Sendable ([UInt8], Int) -> DecodingStep<Message, Violation>

    /// Whether a session moves the bytes left to the buffer's front before it reads more, or only goes on.
    enum Buffering: CaseIterable {
        case moving
        case growing
    }

    /// Expects `expected` of the bytes whole, split in two at every byte, and byte by byte.
    func verify(
        _ bytes: [UInt8], _ expected: Stream, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for buffering in Buffering.allCases {
            #expect(stream(of: [bytes], buffering) == expected, "whole", sourceLocation: sourceLocation)
            for split in bytes.indices.dropFirst() {
                let chunks = [Array(bytes[..<split]), Array(bytes[split...])]
                guard stream(of: chunks, buffering) != expected else { continue }
                Issue.record("other messages when split at \(split)", sourceLocation: sourceLocation)
            }
            let single = bytes.map { [$0] }
            #expect(stream(of: single, buffering) == expected, "byte by byte", sourceLocation: sourceLocation)
        }
    }

    /// What a session makes of bytes that arrive in these chunks.
    private func stream(of chunks: [[UInt8]], _ buffering: Buffering) -> Stream {
        var stream = Stream()
        var buffer: [UInt8] = []
        var offset = 0
        for chunk in chunks {
            buffer += chunk
            reading: while true {
                switch decode(buffer, offset) {
                case .needsMore:
                    break reading
                case .message(let message, let end):
                    stream.messages.append(message)
                    offset = end
                case .violation(let violation):
                    stream.violation = violation
                    return stream
                }
            }
            if buffering == .moving {
                buffer.removeFirst(offset)
                offset = 0
            }
        }
        stream.bytesLeft = buffer.count - offset
        return stream
    }
}
