// The outcome of a lookup in the words of the socketmap protocol, socketmap_table(5).

package import LookupValues

/// The encoder of replies: `OK <value>`, `NOTFOUND `, `TEMP <reason>` or `PERM <reason>`, in a netstring.
package enum SocketmapReply {
    /// The longest reply that Postfix reads, in bytes without the netstring's frame:
    /// DICT_SOCKMAP_DEF_MAX_REPLY in its dict_sockmap.c.
    package static let maximumReplyLength = 100_000

    /// The longest reason sent, in bytes; a longer one is cut before the character that would exceed it.
    /// Postfix logs the first 200.
    package static let maximumReasonLength = 512

    /// What the client hears, as a temporary failure, in place of a value that no reply can hold.
    package static let valueTooLongReason = "the value is too long for a socketmap reply"

    /// Appends one reply to `output`.
    ///
    /// A value is sent as it is. One that would make the reply too long becomes a temporary failure: cut off, it would be a
    /// wrong answer. In a reason each byte of a control character becomes a blank.
    ///
    /// - Parameter longestReply: in bytes without the netstring's frame.
    package static func append(
        _ outcome: LookupOutcome, longestReply: Int = maximumReplyLength, to output: inout [UInt8]
    ) {
        switch outcome {
        case .found(let value):
            appendFound(value, longestReply, to: &output)
        case .notFound:
            appendNotFound(to: &output)
        case .temporaryFailure(let reason):
            appendFailure(.temporary, reason, to: &output)
        case .permanentFailure(let reason):
            appendFailure(.permanent, reason, to: &output)
        }
    }

    private static func appendFound(_ value: [UInt8], _ longestReply: Int, to output: inout [UInt8]) {
        precondition(!value.isEmpty, "a value that was found is never empty")
        let payloadLength = 3 + value.count
        guard payloadLength <= longestReply else {
            appendFailure(.temporary, valueTooLongReason, to: &output)
            return
        }
        output.append(addingCapacity: Netstring.frameLength(payloadLength: payloadLength)) { frame in
            Netstring.appendHeader(payloadLength: payloadLength, to: &frame)
            frame.append(UInt8(ascii: "O"))
            frame.append(UInt8(ascii: "K"))
            frame.append(UInt8(ascii: " "))
        }
        output.append(value.span)
        output.append(UInt8(ascii: ","))
    }

    /// socketmap_table(5) requires the blank after the word. Postfix itself would not miss it, others may.
    private static func appendNotFound(to output: inout [UInt8]) {
        output.append(contentsOf: "9:NOTFOUND ,".utf8)
    }

    private enum FailureKind {
        case temporary
        case permanent
    }

    private static func appendFailure(_ kind: FailureKind, _ reason: String, to output: inout [UInt8]) {
        let text = reason.utf8Span.span
        let reasonLength = lengthToSend(text)
        let payloadLength = 5 + reasonLength
        output.append(addingCapacity: Netstring.frameLength(payloadLength: payloadLength)) { frame in
            Netstring.appendHeader(payloadLength: payloadLength, to: &frame)
            switch kind {
            case .temporary:
                for byte in "TEMP ".utf8 { frame.append(byte) }
            case .permanent:
                for byte in "PERM ".utf8 { frame.append(byte) }
            }
            appendPrintable(text, length: reasonLength, to: &frame)
            frame.append(UInt8(ascii: ","))
        }
    }

    /// The number of bytes of a reason that are sent: all, or as many as leave the last character whole.
    private static func lengthToSend(_ text: Span<UInt8>) -> Int {
        guard text.count > maximumReasonLength else { return text.count }
        var length = maximumReasonLength
        while length > 0, isContinuation(text[length]) {
            length -= 1
        }
        return length
    }

    /// Appends UTF-8 text with blanks for control characters: C0 and DEL, one byte each, and C1, which is C2
    /// 80 to C2 9F.
    private static func appendPrintable(
        _ text: Span<UInt8>, length: Int, to output: inout OutputSpan<UInt8>
    ) {
        let blank = UInt8(ascii: " ")
        var index = 0
        while index < length {
            let byte = text[index]
            index += 1
            if byte == 0xC2, text[index] < 0xA0 {
                output.append(blank)
                output.append(blank)
                index += 1
            } else {
                output.append(byte < 0x20 || byte == 0x7F ? blank : byte)
            }
        }
    }

    private static func isContinuation(_ byte: UInt8) -> Bool {
        byte & 0b1100_0000 == 0b1000_0000
    }
}
