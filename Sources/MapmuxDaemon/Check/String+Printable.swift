// Text of servers, files and keys, for a terminal.

extension String {
    /// With each control character as `\u{1B}`, so that a terminal obeys nothing in it, and a line stays one.
    package var printable: String {
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}": text += scalar.escaped(asASCII: true)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
