// What can be wrong with a `query` or a `result_format`.

/// Why a template is refused. The description says what was found, why it can't be used, and what was expected.
package enum TemplateError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A `%` with a character after it that means nothing, or with none.
    case unknownExpansion(String)
    /// A placeholder in a place where no escaping keeps a key from becoming SQL.
    case placeholder(in: SQLConstruct)
    case unterminated(SQLConstruct)
    /// `$1` in the template's own text.
    case parameterReference
    /// A literal right after a number: PostgreSQL's releases split such text differently.
    case literalAfterNumber
    case severalStatements
    case noStatement

    package var description: String {
        switch self {
        case .unknownExpansion(let text):
            "found `\(text)`, expected one of %s %u %d %S %U %D %1 to %9, or %% for a percent sign"
        case .placeholder(let construct):
            "found a placeholder in \(construct.name), where \(construct.danger); expected it in an ordinary "
                + "literal such as '%s'"
        case .unterminated(let construct):
            "found no end of \(construct.name), expected \(construct.terminator)"
        case .parameterReference:
            "found `$` and a number, which is a parameter that nothing would fill; expected '%s' or another "
                + "placeholder in an ordinary literal"
        case .literalAfterNumber: "found a quote right after a number, expected a blank between them"
        case .severalStatements:
            "found several statements, of which a prepared query can have only one; expected one, perhaps a "
                + "function that does it all"
        case .noStatement: "found no SQL statement, expected one such as SELECT … WHERE … = '%s'"
        }
    }
}

/// The parts of SQL text that a placeholder must stay out of, or that can lack their end.
package enum SQLConstruct: Equatable, Sendable {
    case unquotedText
    case ordinaryLiteral
    case escapeString
    case unicodeString
    case bitString
    case dollarQuotedString
    case quotedIdentifier
    case lineComment
    case blockComment

    fileprivate var name: String {
        switch self {
        case .unquotedText: "unquoted SQL"
        case .ordinaryLiteral: "a literal '…'"
        case .escapeString: "an escape string E'…'"
        case .unicodeString: "a Unicode string U&'…'"
        case .bitString: "a bit string B'…' or X'…'"
        case .dollarQuotedString: "a dollar-quoted string"
        case .quotedIdentifier: "a quoted identifier \"…\""
        case .lineComment: "a comment that begins with -- and reaches to the end"
        case .blockComment: "a comment /* … */"
        }
    }

    /// The harm that a hostile sender's key could do there.
    fileprivate var danger: String {
        switch self {
        case .unquotedText: "a key would be read as SQL"
        case .escapeString, .unicodeString: "a backslash in a key would have a meaning"
        case .bitString: "only digits have a meaning"
        case .dollarQuotedString: "a `$` in a key could end the string"
        case .quotedIdentifier: "a key would choose the column"
        case .lineComment:
            "a key has no meaning (continued lines are joined, so that -- comments out all that follows)"
        case .blockComment: "a key could end the comment"
        case .ordinaryLiteral: preconditionFailure("an ordinary literal is where placeholders belong")
        }
    }

    fileprivate var terminator: String {
        switch self {
        case .ordinaryLiteral, .escapeString, .unicodeString, .bitString: "a closing quote"
        case .dollarQuotedString: "the same dollar quote again"
        case .quotedIdentifier: "a closing double quote"
        case .blockComment: "*/ for each /*"
        case .unquotedText, .lineComment: preconditionFailure("nothing ends this but the end of the text")
        }
    }
}
