// Finds the messages of PostgreSQL's protocol, version 3, in what one side of a connection sends.

/// A message's place in its sender's bytes.
package struct ProxyMessage: Equatable, Sendable {
    /// The type byte; NUL for a message that has none: what a client begins with, and the server's one byte in reply to a
    /// request for encryption.
    package let type: Unicode.Scalar
    package let offset: Int
    /// With type and length bytes.
    package let length: Int

    package var end: Int { offset + length }
}

struct MessageReader {
    private enum Mode {
        /// Messages without a type: a length and a code.
        case startup
        case typed
        /// The reply to a request for encryption.
        case singleByte
        /// Encrypted, or not the protocol.
        case opaque
    }

    /// What a message means for the messages of the other side.
    enum Consequence {
        case none
        /// The other side says with one byte whether it encrypts.
        case encryptionRequested
        case encryptionBegins
    }

    private var mode: Mode
    private var header: [UInt8] = []
    private var bodyLeft = 0
    private(set) var offset = 0

    init(_ sender: ProxySide) {
        mode = sender == .client ? .startup : .typed
    }

    /// Where the header begins of which only a part has come; nil otherwise.
    var incompleteHeader: Int? { header.isEmpty ? nil : offset - header.count }

    mutating func expectSingleByte() { mode = .singleByte }
    mutating func goOpaque() { mode = .opaque }

    /// Takes in the next bytes, and hands each message to `found` as soon as its header is whole.
    mutating func read(_ bytes: ArraySlice<UInt8>, found: (ProxyMessage) -> Void) -> Consequence {
        var consequence = Consequence.none
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if mode == .opaque {
                offset += bytes.endIndex - index
                break
            }
            if bodyLeft > 0 {
                let step = min(bodyLeft, bytes.endIndex - index)
                bodyLeft -= step
                offset += step
                index += step
                continue
            }
            header.append(bytes[index])
            index += 1
            offset += 1
            switch mode {
            case .singleByte:
                let begins = header[0] == UInt8(ascii: "S") || header[0] == UInt8(ascii: "G")
                found(ProxyMessage(type: "\0", offset: offset - 1, length: 1))
                header.removeAll()
                mode = begins ? .opaque : .typed
                if begins { consequence = .encryptionBegins }
            case .startup where header.count == 8:
                let length = Self.number(header[0..<4])
                let code = Self.number(header[4..<8])
                header.removeAll()
                guard length >= 8 else {
                    mode = .opaque
                    continue
                }
                found(ProxyMessage(type: "\0", offset: offset - 8, length: length))
                bodyLeft = length - 8
                // SSLRequest and GSSENCRequest; a CancelRequest is the only message of its connection.
                if code == 80_877_103 || code == 80_877_104 {
                    consequence = .encryptionRequested
                } else {
                    mode = .typed
                }
            case .typed where header.count == 5:
                let length = Self.number(header[1..<5])
                let type = Unicode.Scalar(header[0])
                header.removeAll()
                guard length >= 4 else {
                    mode = .opaque
                    continue
                }
                found(ProxyMessage(type: type, offset: offset - 5, length: length + 1))
                bodyLeft = length - 4
            case .startup, .typed, .opaque:
                break
            }
        }
        return consequence
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.reduce(0) { $0 << 8 | Int($1) }
    }
}
