// The form of a `query`, as its text alone tells it.

internal import LookupTables

/// The form of a query, as far as advice on it goes.
struct QueryShape: Equatable, Sendable {
    /// A literal with placeholders in it.
    struct Literal: Equatable, Sendable {
        /// The text between the quotes, doubled quotes undone, placeholders as `%s`.
        let text: String
        /// The operator before it if that matches patterns, in capitals: `LIKE`, `~*`, `SIMILAR TO`.
        let match: String?
    }

    /// In the query's order.
    let literals: [Literal]
    /// The number after the query's own LIMIT, or in its FETCH FIRST; `.max` for an expression. Nil if there is neither.
    private let rowLimit: Int?

    /// Whether LIMIT or FETCH lets no more than so many rows through; true for a limit that is no plain number.
    func isLimited(to count: Int) -> Bool {
        rowLimit.map { $0 <= count || $0 == .max } ?? false
    }

    init(_ template: QueryTemplate) {
        let words = Words(template.sql)
        literals = words.beforeParameters.enumerated().map { index, before in
            Literal(text: template.literalText(index), match: Self.match(before))
        }
        rowLimit = words.rowLimit
    }

    /// The operator whose pattern a literal is part of, by itself, in parentheses, after `||`, or through lower() or upper(),
    /// which leave `%` and `_` as they are.
    ///
    /// - Parameter words: those before the literal, the last one first.
    private static func match(_ words: [String]) -> String? {
        var words = words[...]
        while let last = words.first {
            switch last {
            case "like", "ilike": return last.uppercased()
            case "to": return words.dropFirst().first == "similar" ? "SIMILAR TO" : nil
            case "~", "~*", "!~", "!~*", "~~", "~~*", "!~~", "!~~*": return last
            case "(":
                words = words.dropFirst()
                if let function = words.first, ["lower", "upper"].contains(function) {
                    words = words.dropFirst()
                }
            case "||": words = withoutOperand(words.dropFirst())
            default: return nil
            }
        }
        return nil
    }

    /// The words without the operand that ends with the first of them: a word, or what is in parentheses and the function
    /// before them.
    private static func withoutOperand(_ words: ArraySlice<String>) -> ArraySlice<String> {
        guard words.first == ")" else { return words.dropFirst() }
        var depth = 0
        var rest = words
        while let word = rest.popFirst() {
            if word == ")" { depth += 1 }
            if word == "(" { depth -= 1 }
            if depth == 0 { break }
        }
        // Before the parentheses of an operand there is no name of a function, but a keyword or an operator.
        let isFunction =
            rest.first.map { word in
                !["like", "ilike", "to"].contains(word)
                    && word.unicodeScalars.allSatisfy { ("a"..."z").contains($0) || $0 == "_" }
            } ?? false
        return isFunction ? rest.dropFirst() : rest
    }
}

/// The words of a statement that was compiled, in lower case, with operators whole.
private struct Words {
    /// For each parameter, the words before it, the nearest first, without blanks.
    private(set) var beforeParameters: [[String]] = []
    private(set) var rowLimit: Int?

    init(_ sql: String) {
        var lexer = SQLLexer(sql)
        let bytes = Array(sql.utf8)
        var words: [String] = []
        var depth = 0
        // The lexer can't fail: the query was compiled with it.
        while let token = try? lexer.next() {
            let text = String(decoding: bytes[token.range], as: UTF8.self).lowercased()
            switch token.kind {
            case .parameter:
                beforeParameters.append(words.reversed().filter { $0 != " " })
                words.append(text)
            case .other:
                if text == "(" { depth += 1 }
                if text == ")" { depth -= 1 }
                if Self.isOperator(text), let last = words.last, Self.isOperator(last) {
                    words[words.count - 1] += text
                } else {
                    words.append(text)
                }
                if depth == 0 { noteLimit(words) }
            // A blank ends an operator.
            case .blank: words.append(" ")
            case .construct(let construct):
                words.append(construct == .lineComment || construct == .blockComment ? " " : text)
            case .semicolon, .placeholder: continue
            }
            if words.last == " ", words.dropLast().last.map({ !Self.isOperator($0) }) ?? true {
                words.removeLast()
            }
        }
    }

    private mutating func noteLimit(_ words: [String]) {
        let text = words.filter { $0 != " " }
        guard let last = text.last else { return }
        if last == "limit" || last == "fetch" {
            rowLimit = .max
        } else if let before = text.dropLast().last, rowLimit != nil {
            let isCount = before == "limit" || ["first", "next"].contains(before)
            if before == "limit" && ["all", "null"].contains(last) || before == "with" && last == "ties" {
                rowLimit = nil
            } else if isCount {
                rowLimit = Int(last) ?? (last == "row" || last == "rows" ? 1 : .max)
            }
        }
    }

    private static func isOperator(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { "~!@#^&|`?+-*/%<>=".utf8.contains($0) }
    }
}
