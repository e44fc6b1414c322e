// The outcome of a lookup as a reply of the socketmap protocol, socketmap_table(5).

package import LookupValues

/// The encoder of replies: `OK <value>`, `NOTFOUND `, `TEMP <reason>` or `PERM <reason>`, in a netstring.
package enum SocketmapReply {
    /// The longest reply that Postfix reads, in bytes without the netstring's frame:
    /// DICT_SOCKMAP_DEF_MAX_REPLY in its dict_sockmap.c.
    package static let maximumReplyLength = 100_000

    /// The longest reply to a command of this program, in bytes: the command gets values as long as proxymap clients do.
    package static let maximumCommandReplyLength = 3 + ProxymapReply.maximumValueLength

    /// The longest reason sent, in bytes; a longer one is cut before the character that would exceed it.
    /// Postfix logs the first 200.
    package static let maximumReasonLength = 512

    /// The reason of the temporary failure that is sent instead of a value that no reply can hold.
    package static let valueTooLongReason = "the value is too long for a socketmap reply"

    /// Appends one reply to `output`.
    ///
    /// A value is sent unchanged. If it would make the reply too long, the reply is a temporary failure: a shortened value
    /// would be a wrong answer. A reason is cleaned: `String.shown`.
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

    /// socketmap_table(5) requires the blank after the word. Postfix itself would not miss it, but others may.
    private static func appendNotFound(to output: inout [UInt8]) {
        output.append(contentsOf: "9:NOTFOUND ,".utf8)
    }

    private enum FailureKind {
        case temporary
        case permanent
    }

    private static func appendFailure(_ kind: FailureKind, _ reason: String, to output: inout [UInt8]) {
        let text = reason.shown(upTo: maximumReasonLength)
        let payloadLength = 5 + text.utf8.count
        output.append(addingCapacity: Netstring.frameLength(payloadLength: payloadLength)) { frame in
            Netstring.appendHeader(payloadLength: payloadLength, to: &frame)
            switch kind {
            case .temporary:
                for byte in "TEMP ".utf8 { frame.append(byte) }
            case .permanent:
                for byte in "PERM ".utf8 { frame.append(byte) }
            }
            for byte in text.utf8 { frame.append(byte) }
            frame.append(UInt8(ascii: ","))
        }
    }
}
