// The one place that makes a foreign text fit to be shown: what servers, clients, files and the environment say.

extension String {
    /// With each character that is not seen as itself written out, as in `\u{1B}`, so that a terminal obeys nothing in it, a
    /// line stays one, and nothing stands elsewhere than it is; see `Unicode.Scalar.isSeen`. Of a text that was cleaned
    /// before nothing changes.
    ///
    /// - Parameter limit: in bytes, 3 at least. A longer text is cut between two characters, which `…` marks. Bytes, as there
    ///   is no end to what is one character to people: a letter with a million accents.
    package func shown(upTo limit: Int = .max) -> String {
        if utf8.count <= limit, utf8.allSatisfy({ (0x20...0x7e).contains($0) }) { return self }
        var text = ""
        // How much of it leaves room for the mark.
        var marked = 0
        for scalar in unicodeScalars {
            if scalar.isSeen {
                text.unicodeScalars.append(scalar)
            } else {
                text += scalar.escape
            }
            if text.utf8.count > limit {
                return String(decoding: text.utf8.prefix(marked), as: UTF8.self) + "…"
            }
            if text.utf8.count <= limit - 3 { marked = text.utf8.count }
        }
        return text
    }

    /// As it is, but cut like a text that is shown: for JSON, which loses nothing.
    ///
    /// - Parameter limit: in bytes, 3 at least.
    package func cut(upTo limit: Int) -> String {
        if utf8.count <= limit { return self }
        var end = utf8.index(startIndex, offsetBy: limit - 3)
        while UTF8.isContinuation(utf8[end]) { end = utf8.index(before: end) }
        return self[..<end] + "…"
    }

    /// As a string of JSON, RFC 8259, with its quotes. A program that reads it has the same text again; to a person who looks
    /// at it, nothing in it looks like another text.
    package var asJSON: String {
        var quoted = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case _ where scalar.isSeen: quoted.unicodeScalars.append(scalar)
            default: quoted += scalar.asJSONEscape
            }
        }
        return quoted + "\""
    }

    /// A whole document in JSON, with the characters in its strings as `asJSON` has them. What is below the blank an encoder
    /// has escaped already: it must.
    package var shownJSON: String {
        if utf8.allSatisfy({ $0 < 0x7f }) { return self }
        var text = ""
        for scalar in unicodeScalars {
            if scalar.value < 0x7f || scalar.isSeen {
                text.unicodeScalars.append(scalar)
            } else {
                text += scalar.asJSONEscape
            }
        }
        return text
    }
}

extension Unicode.Scalar {
    /// Whether a terminal or a browser shows it as itself: no control character, C0 or C1, and none that ends a line or changes
    /// what others look like or where they stand, such as the overrides of bidirectional text.
    package var isSeen: Bool {
        if (0x20...0x7e).contains(value) { return true }
        return switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: false
        default: !properties.isDefaultIgnorableCodePoint
        }
    }

    /// As Swift writes it: `\n`, `\u{1B}`.
    fileprivate var escape: String {
        switch self {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        case "\0": return "\\0"
        default:
            let digits = String(value, radix: 16, uppercase: true)
            return "\\u{\(digits.utf8.count < 2 ? "0" : "")\(digits)}"
        }
    }

    /// As `\u001b`; beyond the basic plane in two of them.
    fileprivate var asJSONEscape: String {
        UTF16.encode(self)!.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }
}
