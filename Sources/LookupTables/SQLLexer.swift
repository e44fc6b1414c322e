// Takes SQL text apart as PostgreSQL's scan.l does, to know where literals begin and end.

internal import LookupValues

/// One piece of SQL text, of the kinds that this program must tell apart.
package struct SQLToken {
    package enum Kind: Equatable {
        /// White space between tokens.
        case blank
        /// A construct with a beginning and an end.
        case construct(SQLConstruct)
        case semicolon
        /// `$1`
        case parameter
        /// A placeholder by itself.
        case placeholder
        /// A word, a number, or one character of anything else.
        case other
    }

    package let kind: Kind
    /// Where it is in the template's elements, or the text's bytes, quotes included.
    package let range: Range<Int>
}

/// Splits the elements of a template into tokens. A placeholder inside a construct stays part of it, though a key
/// could do harm there: the caller refuses those that are not in ordinary literals.
///
/// Strings are read as with standard_conforming_strings = on.
package struct SQLLexer {
    private let elements: [TemplateElement]
    private var position = 0
    /// A string of this kind has just ended, and would go on after white space with a newline in it.
    private var continuable: SQLConstruct?
    private var sawNewline = false

    init(_ elements: [TemplateElement]) {
        self.elements = elements
    }

    /// - Parameter sql: without placeholders.
    package init(_ sql: String) {
        elements = sql.utf8.map { .byte($0) }
    }

    /// The next token; nil at the end of the text.
    ///
    /// - Throws: for a construct without an end.
    package mutating func next() throws(TemplateError) -> SQLToken? {
        guard position < elements.count else { return nil }
        let start = position
        let kind = try scan()
        remember(kind, start..<position)
        return SQLToken(kind: kind, range: start..<position)
    }

    private mutating func scan() throws(TemplateError) -> SQLToken.Kind {
        guard let byte = byte(at: 0) else {
            position += 1
            return .placeholder
        }
        switch byte {
        case _ where byte.isSpace:
            skip(while: \.isSpace)
            return .blank
        case UInt8(ascii: "-") where self.byte(at: 1) == UInt8(ascii: "-"):
            skipLineComment()
            return .construct(.lineComment)
        case UInt8(ascii: "/") where self.byte(at: 1) == UInt8(ascii: "*"):
            try skipBlockComment()
            return .construct(.blockComment)
        case UInt8(ascii: "'"):
            return try scanQuoted((sawNewline ? continuable : nil) ?? .ordinaryLiteral)
        case UInt8(ascii: "\""):
            return try scanQuoted(.quotedIdentifier)
        case UInt8(ascii: "$"):
            return try scanDollar()
        case UInt8(ascii: ";"):
            position += 1
            return .semicolon
        case _ where byte.isDigit:
            skip { $0.isDigit || $0.isLetter || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") }
            guard self.byte(at: 0) != UInt8(ascii: "'") else { throw .literalAfterNumber }
            return .other
        case _ where byte.startsIdentifier:
            return try scanWord(first: byte)
        default:
            position += 1
            return .other
        }
    }

    /// A string prefix counts only at the start of a word: `name'x'` is a word and an ordinary literal. So is
    /// `N'x'`, which PostgreSQL reads as the type name NCHAR and an ordinary literal.
    private mutating func scanWord(first: UInt8) throws(TemplateError) -> SQLToken.Kind {
        let quote = UInt8(ascii: "'")
        switch (first.lowercased, byte(at: 1)) {
        case (UInt8(ascii: "e"), quote):
            return try scanQuoted(.escapeString, prefixLength: 1)
        case (UInt8(ascii: "b"), quote), (UInt8(ascii: "x"), quote):
            return try scanQuoted(.bitString, prefixLength: 1)
        case (UInt8(ascii: "u"), UInt8(ascii: "&")) where byte(at: 2) == quote:
            return try scanQuoted(.unicodeString, prefixLength: 2)
        case (UInt8(ascii: "u"), UInt8(ascii: "&")) where byte(at: 2) == UInt8(ascii: "\""):
            return try scanQuoted(.quotedIdentifier, prefixLength: 2)
        default:
            skip(while: \.continuesIdentifier)
            return .other
        }
    }

    /// Goes from an opening quote, before which its prefix stands, beyond its closing one. A doubled quote
    /// does not close, nor does one after a backslash in an escape string.
    private mutating func scanQuoted(
        _ construct: SQLConstruct, prefixLength: Int = 0
    ) throws(TemplateError) -> SQLToken.Kind {
        let quote = construct == .quotedIdentifier ? UInt8(ascii: "\"") : UInt8(ascii: "'")
        position += prefixLength + 1
        while position < elements.count {
            if construct == .escapeString && byte(at: 0) == UInt8(ascii: "\\") {
                position += 2
            } else if byte(at: 0) != quote {
                position += 1
            } else if byte(at: 1) == quote {
                position += 2
            } else {
                position += 1
                return .construct(construct)
            }
        }
        throw .unterminated(construct)
    }

    private mutating func skipLineComment() {
        while position < elements.count, byte(at: 0)?.isNewline != true { position += 1 }
    }

    /// Comments nest, as in the SQL standard.
    private mutating func skipBlockComment() throws(TemplateError) {
        var depth = 0
        repeat {
            guard position < elements.count else { throw .unterminated(.blockComment) }
            switch (byte(at: 0), byte(at: 1)) {
            case (UInt8(ascii: "/"), UInt8(ascii: "*")):
                depth += 1
                position += 2
            case (UInt8(ascii: "*"), UInt8(ascii: "/")):
                depth -= 1
                position += 2
            default:
                position += 1
            }
        } while depth > 0
    }

    /// From a `$` that is not in a word: it starts a parameter or a dollar quote, or means nothing.
    private mutating func scanDollar() throws(TemplateError) -> SQLToken.Kind {
        let start = position
        position += 1
        if byte(at: 0)?.isDigit == true {
            skip(while: \.isDigit)
            return .parameter
        }
        if byte(at: 0)?.startsIdentifier == true {
            skip { $0.continuesIdentifier && $0 != UInt8(ascii: "$") }
        }
        guard byte(at: 0) == UInt8(ascii: "$") else {
            position = start + 1
            return .other
        }
        position += 1
        let delimiter = elements[start..<position]
        while position < elements.count {
            if elements[position...].starts(with: delimiter) {
                position += delimiter.count
                return .construct(.dollarQuotedString)
            }
            position += 1
        }
        throw .unterminated(.dollarQuotedString)
    }

    /// PostgreSQL's `quotecontinue`: a literal after white space with a newline continues the string before,
    /// and is of its kind. Only a carriage return from a file with CRLF lines can be such a newline.
    private mutating func remember(_ kind: SQLToken.Kind, _ range: Range<Int>) {
        switch kind {
        case .construct(let construct) where [.escapeString, .unicodeString, .bitString].contains(construct):
            continuable = construct
            sawNewline = false
        case .blank, .construct(.lineComment):
            sawNewline = sawNewline || elements[range].contains { $0.byte?.isNewline == true }
        case .construct, .semicolon, .parameter, .placeholder, .other:
            continuable = nil
        }
    }

    private mutating func skip(while condition: (UInt8) -> Bool) {
        while let byte = byte(at: 0), condition(byte) { position += 1 }
    }

    /// The byte at this distance; nil for a placeholder, and at the end.
    private func byte(at distance: Int) -> UInt8? {
        position + distance < elements.count ? elements[position + distance].byte : nil
    }
}

extension TemplateElement {
    /// Nil for a placeholder.
    fileprivate var byte: UInt8? {
        if case .byte(let byte) = self { byte } else { nil }
    }
}

extension UInt8 {
    fileprivate var isNewline: Bool { self == UInt8(ascii: "\n") || self == UInt8(ascii: "\r") }

    fileprivate var startsIdentifier: Bool { isLetter || self == UInt8(ascii: "_") || self >= 0x80 }

    /// Also true of digits and of `$`. No such byte may stand directly before or after a parameter.
    var continuesIdentifier: Bool { startsIdentifier || isDigit || self == UInt8(ascii: "$") }
}
