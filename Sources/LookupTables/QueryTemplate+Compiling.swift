// Compiles the text of a `query`, and refuses one that no escaping could make safe.

internal import LookupValues

extension QueryTemplate {
    /// Compiles a query. No key can change the structure of the result: a text that would let one is refused.
    package static func compile(_ text: String) throws(TemplateError) -> QueryTemplate {
        let elements = try TemplateElement.parse(text)
        var compiler = QueryCompiler()
        var lexer = SQLLexer(elements)
        while let token = try lexer.next() {
            try compiler.add(token.kind, elements[token.range])
        }
        return try compiler.finish(isASCII: text.utf8.allSatisfy { $0 < 0x80 })
    }
}

/// Writes both forms of a query, token by token.
private struct QueryCompiler {
    /// Of the SQL with parameters: the text before each parameter so far, and the text after the last one.
    private var pieces: [[UInt8]] = []
    private var sql: [UInt8] = []
    private var isSelection = false
    private var parameters: [Template] = []
    private var statement = Template()
    private var hasBackslashInLiteral = false
    private var requirements = AddressRequirements()
    private var sawStatement = false
    private var sawSemicolon = false

    mutating func add(_ kind: SQLToken.Kind, _ elements: ArraySlice<TemplateElement>) throws(TemplateError) {
        switch kind {
        case .blank:
            copy(elements)
        case .construct(let construct) where construct == .lineComment || construct == .blockComment:
            try refusePlaceholders(in: construct, elements)
            // Without the semicolon, `-;--` would be one comment.
            if sawSemicolon && !endsWithSpace { copy([.byte(UInt8(ascii: " "))]) }
            copy(elements)
        case .semicolon:
            sawSemicolon = true
        case .construct(.ordinaryLiteral):
            try beginToken()
            addLiteral(elements)
        case .construct(let construct):
            try beginToken()
            try refusePlaceholders(in: construct, elements)
            copy(elements)
        case .placeholder:
            throw .placeholder(in: .unquotedText)
        case .parameter:
            throw .parameterReference
        case .other:
            if !sawStatement { isSelection = Self.isSelection(elements) }
            try beginToken()
            copy(elements)
        }
    }

    func finish(isASCII: Bool) throws(TemplateError) -> QueryTemplate {
        guard sawStatement else { throw .noStatement }
        return QueryTemplate(
            pieces: (pieces + [sql]).map { String(decoding: $0, as: UTF8.self) }, isSelection: isSelection,
            parameters: parameters, statement: statement,
            hasBackslashInLiteral: hasBackslashInLiteral, isASCII: isASCII, requirements: requirements)
    }

    /// A semicolon is dropped at the end of the statement, and wrong anywhere else.
    private mutating func beginToken() throws(TemplateError) {
        guard !sawSemicolon else { throw .severalStatements }
        sawStatement = true
    }

    private func refusePlaceholders(
        in construct: SQLConstruct, _ elements: ArraySlice<TemplateElement>
    ) throws(TemplateError) {
        guard !elements.contains(where: \.isPlaceholder) else { throw .placeholder(in: construct) }
    }

    private mutating func copy(_ elements: ArraySlice<TemplateElement>) {
        for case .byte(let byte) in elements {
            // `$1` needs a blank before a character that would read as a part of it.
            if sql.isEmpty && !pieces.isEmpty && byte.continuesIdentifier { sql.append(UInt8(ascii: " ")) }
            sql.append(byte)
            statement.append(.byte(byte))
        }
    }

    private mutating func addLiteral(_ elements: ArraySlice<TemplateElement>) {
        if elements.contains(.byte(UInt8(ascii: "\\"))) { hasBackslashInLiteral = true }
        guard elements.contains(where: \.isPlaceholder) else { return copy(elements) }
        elements.forEach { statement.append($0) }
        parameters.append(parameter(elements.dropFirst().dropLast()))
        // A word right before, as in inet'%s', must not swallow the parameter.
        if sql.last?.continuesIdentifier == true { sql.append(UInt8(ascii: " ")) }
        pieces.append(sql)
        sql = []
    }

    /// A parameter at the end is no space.
    private var endsWithSpace: Bool { sql.last.map(\.isSpace) ?? pieces.isEmpty }

    private static func isSelection(_ word: ArraySlice<TemplateElement>) -> Bool {
        ["select", "with"].contains { $0.utf8.map { .byte($0) } == word.map(\.lowercased) }
    }

    /// The text between the quotes, doubled quotes undone.
    private mutating func parameter(_ text: ArraySlice<TemplateElement>) -> Template {
        var parameter = Template()
        var isSecondQuote = false
        for element in text {
            isSecondQuote = element == .byte(UInt8(ascii: "'")) && !isSecondQuote
            if !isSecondQuote { parameter.append(element) }
            if case .placeholder(let placeholder) = element { requirements.insert(placeholder.part) }
        }
        return parameter
    }
}

extension TemplateElement {
    fileprivate var lowercased: TemplateElement {
        if case .byte(let byte) = self { .byte(byte.lowercased) } else { self }
    }

    fileprivate var isPlaceholder: Bool {
        if case .placeholder = self { true } else { false }
    }
}
