// What lists of addresses are made of: words, domain literals and marks.

internal import LookupValues

/// A token of RFC 822, as tok822_scan(3) knows them. White space and comments stand between tokens only.
enum AddressToken: Equatable {
    /// An atom or a quoted string, without quotes and backslashes.
    case word([UInt8], isQuoted: Bool)
    /// What stands in brackets, without them.
    case literal([UInt8])
    /// A byte with a meaning of its own, `@` or `,` for instance; of more than RFC 822 `%`, `!` and `|`.
    case mark(UInt8)

    static let at = AddressToken.mark(UInt8(ascii: "@"))
    static let marks = Set("()<>@,;:\\\".[]|%!".utf8)

    /// Without quotes, as a part of an unquoted address.
    var unquoted: [UInt8] {
        switch self {
        case .word(let text, _): text
        case .literal(let text): [UInt8(ascii: "[")] + text + [UInt8(ascii: "]")]
        case .mark(let byte): [byte]
        }
    }

    /// As it stands in a list.
    var quoted: [UInt8] {
        guard case .word(let text, isQuoted: true) = self else { return unquoted }
        let quote = UInt8(ascii: "\"")
        let needBackslash = Set("\"\\\r\n".utf8)
        return [quote] + text.flatMap { needBackslash.contains($0) ? [UInt8(ascii: "\\"), $0] : [$0] } + [
            quote
        ]
    }

    /// The tokens of a list. What is opened and not closed goes to the end.
    static func all(in list: [UInt8]) -> [AddressToken] {
        var tokens: [AddressToken] = []
        var text = list[...]
        while let byte = text.first {
            if byte.isSpace {
                text.removeFirst()
                continue
            }
            switch byte {
            case UInt8(ascii: "("): skipComment(&text)
            case UInt8(ascii: "["):
                text.removeFirst()
                tokens.append(.literal(take(&text, through: UInt8(ascii: "]"))))
            case UInt8(ascii: "\""):
                text.removeFirst()
                tokens.append(.word(take(&text, through: byte), isQuoted: true))
            case _ where marks.contains(byte) && byte != UInt8(ascii: "\\"):
                text.removeFirst()
                tokens.append(.mark(byte))
            default: tokens.append(takeAtom(&text))
            }
        }
        return tokens
    }

    /// Takes what comes before a byte, and the byte.
    private static func take(_ text: inout ArraySlice<UInt8>, through end: UInt8) -> [UInt8] {
        var taken: [UInt8] = []
        while let byte = text.popFirst(), byte != end {
            guard byte == UInt8(ascii: "\\") else {
                taken.append(byte)
                continue
            }
            if let next = text.popFirst() { taken.append(next) }
        }
        return taken
    }

    /// An atom counts as a quoted string if a backslash has brought something into it that is none's.
    private static func takeAtom(_ text: inout ArraySlice<UInt8>) -> AddressToken {
        var taken: [UInt8] = []
        while let byte = text.first {
            if byte == UInt8(ascii: "\\") {
                text.removeFirst()
                if let next = text.popFirst() { taken.append(next) }
            } else if byte.isSpace || marks.contains(byte) {
                break
            } else {
                taken.append(byte)
                text.removeFirst()
            }
        }
        let isQuoted = taken.contains { $0 <= 0x20 || $0 == 0x7F || marks.contains($0) }
        return .word(taken, isQuoted: isQuoted)
    }

    /// Comments nest.
    private static func skipComment(_ text: inout ArraySlice<UInt8>) {
        var depth = 0
        while let byte = text.popFirst() {
            switch byte {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"): depth -= 1
            case UInt8(ascii: "\\"): _ = text.popFirst()
            default: break
            }
            if depth == 0 { return }
        }
    }
}
