// The two forms of an address: unquoted, as Postfix handles it, and with a quoted local part, as in headers.

internal import LookupValues

/// Converts addresses as quote_822_local(3) and unquote_822_local(3) do.
enum QuotedAddress {
    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")
    private static let at = UInt8(ascii: "@")
    private static let dot = UInt8(ascii: ".")

    /// The address with its local part, up to the last `@`, in quotes if it is not made of atoms and dots only.
    ///
    /// - Parameter isLocalPart: whether the text is a local part, which may have an `@` itself.
    static func quoted(_ address: [UInt8], isLocalPart: Bool = false) -> [UInt8] {
        // A source route before the local part stays as it is.
        let start = routeEnd(of: address)
        let at = isLocalPart ? nil : address[start...].lastIndex(of: Self.at)
        let end = at ?? address.count
        if isDotString(address[start..<end]) { return address }
        var text = Array(address[..<start])
        text.append(quote)
        for byte in address[start..<end] {
            if byte == quote || byte == backslash || byte == UInt8(ascii: "\r") { text.append(backslash) }
            text.append(byte)
        }
        text.append(quote)
        return text + address[end...]
    }

    /// The address without the quotes of its local part, and without the backslashes before quoted bytes.
    static func unquoted(_ address: [UInt8]) -> [UInt8] {
        let start = routeEnd(of: address)
        var text = Array(address[..<start])
        var isInQuotes = false
        // Where the last `@` outside quotes is, in both texts.
        var last: (of: Int, in: Int)?
        var index = start
        while index < address.count {
            var byte = address[index]
            if byte == quote {
                isInQuotes.toggle()
                index += 1
                continue
            }
            if byte == at && !isInQuotes {
                last = (index, text.count)
            } else if byte == backslash {
                index += 1
                guard index < address.count else { break }
                byte = address[index]
            }
            text.append(byte)
            index += 1
        }
        guard let last else { return text }
        return Array(text[..<last.in] + address[last.of...])
    }

    private static func routeEnd(of address: [UInt8]) -> Int {
        guard address.first == at, let colon = address.firstIndex(of: UInt8(ascii: ":")) else { return 0 }
        return colon + 1
    }

    /// Bytes beyond ASCII count as those of atoms.
    private static func isDotString(_ text: ArraySlice<UInt8>) -> Bool {
        guard let first = text.first, first != dot, text.last != dot else { return false }
        var before = first
        for (index, byte) in text.enumerated() {
            if byte == dot && before == dot && index > 0 { return false }
            before = byte
            switch byte {
            case 0...0x20, 0x7F: return false
            case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "<"), UInt8(ascii: ">"), at,
                UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"), backslash, quote,
                UInt8(ascii: "["), UInt8(ascii: "]"):
                return false
            default: break
            }
        }
        return true
    }
}
