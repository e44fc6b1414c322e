// Lists of addresses, as values of rewriting tables are.

internal import LookupValues

/// Adds an extension to the addresses of a list, as mail_addr_crunch(3) does, which reads RFC 822 by tok822_parse(3).
enum AddressList {
    /// The addresses of a list with the extension before their last `@`, at their end if they have none, and within the
    /// quotes of quoted local parts.
    ///
    /// - Parameter addressExtension: with its delimiter; not quoted.
    static func adding(_ addressExtension: [UInt8], to list: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        for address in AddressScanner.addresses(in: list) {
            if !text.isEmpty { text += Array(", ".utf8) }
            let unquoted = QuotedAddress.unquoted(address)
            let at = unquoted.lastIndex(of: UInt8(ascii: "@"))
            // trivial-rewrite(8) makes user@domain of user%domain later.
            let end = at ?? unquoted.lastIndex(of: UInt8(ascii: "%")) ?? unquoted.count
            text += QuotedAddress.quoted(
                unquoted[..<end] + addressExtension + unquoted[end...], isLocalPart: at == nil)
        }
        return text
    }
}

/// Reads the addresses of a list as RFC 822 has them.
private struct AddressScanner {
    private let text: [UInt8]
    private var index = 0
    private var found: [[UInt8]] = []
    /// The address that is being read, and whether white space or a comment has come since its last byte.
    private var address: [UInt8] = []
    private var isApart = false
    /// Whether an address in `<…>` has been read: what else stands in this part of the list is a name.
    private var hasRoute = false

    static func addresses(in list: [UInt8]) -> [[UInt8]] {
        var scanner = AddressScanner(text: list)
        scanner.scan()
        return scanner.found
    }

    private init(text: [UInt8]) {
        self.text = text
    }

    private mutating func scan() {
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "\""): take(through: quotedEnd(closing: UInt8(ascii: "\"")))
            case UInt8(ascii: "["): take(through: quotedEnd(closing: UInt8(ascii: "]")))
            case UInt8(ascii: "("):
                index = commentEnd
                isApart = true
            case UInt8(ascii: "<"): readRoute()
            case UInt8(ascii: ","), UInt8(ascii: ";"):
                finish()
                index += 1
            case UInt8(ascii: ":"):
                // The name of a group stands before it.
                address = []
                isApart = false
                index += 1
            case let byte where byte.isSpace:
                isApart = true
                index += 1
            case UInt8(ascii: "\\"): take(through: min(index + 2, text.count))
            default: take(through: index + 1)
            }
        }
        finish()
    }

    private mutating func take(through end: Int) {
        if !hasRoute {
            if isApart, let last = address.last, Self.isOfWord(last), Self.isOfWord(text[index]) {
                address.append(UInt8(ascii: " "))
            }
            address += text[index..<end]
        }
        isApart = false
        index = end
    }

    private static func isOfWord(_ byte: UInt8) -> Bool {
        byte != UInt8(ascii: "@") && byte != UInt8(ascii: ".")
    }

    private mutating func readRoute() {
        guard let end = text[index...].firstIndex(of: UInt8(ascii: ">")) else {
            index = text.count
            return
        }
        var route = Array(text[(index + 1)..<end].filter { !$0.isSpace })
        // `@relay,@relay:` before it.
        if route.first == UInt8(ascii: "@"), let colon = route.firstIndex(of: UInt8(ascii: ":")) {
            route = Array(route[(colon + 1)...])
        }
        address = route
        hasRoute = true
        index = end + 1
    }

    private mutating func finish() {
        if !address.isEmpty { found.append(address) }
        address = []
        isApart = false
        hasRoute = false
    }

    /// The end of a quoted string or a domain literal, behind its last byte.
    private func quotedEnd(closing: UInt8) -> Int {
        var end = index + 1
        while end < text.count, text[end] != closing { end += text[end] == UInt8(ascii: "\\") ? 2 : 1 }
        return Swift.min(end + 1, text.count)
    }

    private var commentEnd: Int {
        var depth = 0
        var end = index
        while end < text.count {
            switch text[end] {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"): depth -= 1
            case UInt8(ascii: "\\"): end += 1
            default: break
            }
            end += 1
            if depth == 0 { break }
        }
        return Swift.min(end, text.count)
    }
}
