// A `query` as PostgreSQL can analyse it without a key, and the names that a text mentions.

internal import LookupValues

extension QueryTemplate {
    /// The query with NULL in place of each literal with placeholders. PostgreSQL analyses it as it does the query for any
    /// key: NULL is of unknown type as the literal is, and `date '%s'` becomes `NULL::date`.
    package var withoutKeys: String {
        var sql = pieces[0]
        for piece in pieces.dropFirst() {
            Self.appendNull(to: &sql)
            if piece.utf8.first?.continuesIdentifier == true { sql += " " }
            sql += piece
        }
        return sql
    }

    /// Appends NULL of the type whose name stands right before, if one does.
    private static func appendNull(to sql: inout String) {
        let bytes = Array(sql.utf8)
        let end = (bytes.lastIndex { !$0.isSpace } ?? -1) + 1
        var start = end
        while start > 0, bytes[start - 1].continuesIdentifier || bytes[start - 1] == UInt8(ascii: ".") {
            start -= 1
        }
        let text = String(decoding: bytes[..<end], as: UTF8.self)
        for name in longTypeNames where text.lowercased().hasSuffix(" " + name) {
            start = end - name.utf8.count
        }
        let word = String(decoding: bytes[start..<end], as: UTF8.self)
        let isType =
            word.utf8.first.map { $0.continuesIdentifier && !$0.isDigit } ?? false
            && !wordsBeforeValues.contains(word.lowercased())
        guard isType else {
            if bytes.last?.continuesIdentifier == true { sql += " " }
            sql += "NULL"
            return
        }
        // N'%s' is of the type NCHAR.
        let type = word.lowercased() == "n" ? "pg_catalog.bpchar" : word
        sql = String(decoding: bytes[..<start], as: UTF8.self) + "NULL::" + type
    }

    /// Type names of several words that a literal may follow.
    private static let longTypeNames = [
        "double precision", "character varying", "bit varying", "timestamp with time zone",
        "timestamp without time zone", "time with time zone", "time without time zone",
    ]

    /// Words after which a value stands, and which are no type's name.
    private static let wordsBeforeValues: Set<String> = [
        "all", "and", "any", "as", "asymmetric", "between", "by", "case", "collate", "distinct", "else",
        "end", "escape", "except", "fetch", "first", "for", "from", "having", "ilike", "in", "intersect",
        "is", "isnull", "lateral", "like", "limit", "next", "not", "notnull", "null", "offset", "on", "or",
        "over", "returning", "select", "set", "similar", "some", "symmetric", "then", "to", "union",
        "using", "values", "variadic", "when", "where", "with", "similar",
    ]

    /// Whether the text begins like a query that only reads. WITH may still begin one that writes.
    package var beginsAsReading: Bool {
        let first = SQLMentions(pieces[0]).firstWord
        return first.map { ["select", "with", "values", "table"].contains($0) } ?? pieces[0].contains("(")
    }
}

/// The names and operators in a text of SQL. The meaning of a name may change though no catalog row that it meant does.
package struct SQLMentions: Equatable, Sendable {
    /// Names of tables, columns, functions, types, schemas and all else, as PostgreSQL spells them in its catalogs. Common
    /// reserved words are left out, to save work.
    package private(set) var names: Set<String> = []
    package private(set) var operators: Set<String> = []
    /// False if the text can't be taken apart.
    package private(set) var isComplete = true
    /// The first word, in lower case; nil if something else stands first.
    private(set) var firstWord: String?

    package init(_ sql: String) {
        let bytes = Array(sql.utf8)
        var lexer = SQLLexer(sql)
        var symbol = ""
        var isFirst = true
        do throws(TemplateError) {
            while let token = try lexer.next() {
                let text = String(decoding: bytes[token.range], as: UTF8.self)
                if token.kind == .other, let byte = text.utf8.first, text.utf8.count == 1,
                    Self.operatorBytes.contains(byte)
                {
                    symbol += text
                    isFirst = false
                    continue
                }
                addOperator(&symbol)
                switch token.kind {
                case .other:
                    if isFirst && text.utf8.first?.continuesIdentifier == true {
                        firstWord = text.lowercased()
                    }
                    isFirst = false
                    add(word: text)
                case .construct(.quotedIdentifier):
                    isFirst = false
                    add(quoted: text)
                case .blank, .construct(.lineComment), .construct(.blockComment): continue
                case .construct, .semicolon, .parameter, .placeholder: isFirst = false
                }
            }
        } catch {
            isComplete = false
        }
        addOperator(&symbol)
    }

    private static let operatorBytes = Set("~!@#^&|`?+-*/%<>=".utf8)

    /// A run of operator characters may be several operators, as the lexer of PostgreSQL takes `-` at the end for a sign.
    private mutating func addOperator(_ symbol: inout String) {
        guard !symbol.isEmpty else { return }
        operators.insert(symbol)
        while let last = symbol.last, symbol.count > 1, last == "-" || last == "+" {
            symbol.removeLast()
            operators.insert(symbol)
        }
        symbol = ""
    }

    private mutating func add(word: String) {
        guard let first = word.utf8.first, first.continuesIdentifier, !first.isDigit else { return }
        // As downcase_identifier() does, for ASCII.
        let name = String(decoding: word.utf8.map(\.lowercased), as: UTF8.self)
        if Self.commonWords.contains(name) { return }
        names.insert(name)
        // Types that the grammar has words for.
        if let meant = Self.synonyms[name] { names.insert(meant) }
        // Operators that the grammar makes of words.
        for symbol in Self.operatorsOfWords[name] ?? [] { operators.insert(symbol) }
    }

    private mutating func add(quoted text: String) {
        guard let open = text.firstIndex(of: "\"") else { return }
        names.insert(
            String(text[text.index(after: open)...].dropLast()).replacing("\"\"", with: "\""))
    }

    private static let commonWords: Set<String> = [
        "all", "and", "any", "as", "asc", "case", "desc", "distinct", "else", "end", "false", "from",
        "full", "group", "having", "inner", "is", "join", "left", "limit", "not", "null", "offset", "on",
        "or", "order", "outer", "right", "select", "then", "true", "union", "where",
    ]

    private static let synonyms = [
        "int": "int4", "integer": "int4", "smallint": "int2", "bigint": "int8", "boolean": "bool",
        "real": "float4", "float": "float8", "double": "float8", "decimal": "numeric", "char": "bpchar",
        "character": "bpchar", "substring": "substr",
    ]

    private static let operatorsOfWords = [
        "in": ["=", "<>"], "between": [">=", "<=", "<", ">"], "like": ["~~", "!~~"],
        "ilike": ["~~*", "!~~*"], "similar": ["~", "!~"], "using": ["="], "natural": ["="],
        "when": ["="], "nullif": ["="],
    ]
}
