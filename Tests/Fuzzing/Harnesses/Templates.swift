// Query templates: both forms of a compiled one say the same, and no key changes what is not in a literal.

internal import LookupValues

@testable internal import LookupTables

/// A token as two texts are compared by: blanks are left out.
private struct Token: Equatable, CustomStringConvertible {
    let kind: SQLToken.Kind
    /// Empty for an ordinary literal that a key may be in.
    let text: [UInt8]

    var description: String { "\(kind) \(String(decoding: text, as: UTF8.self))" }
}

/// A template and a key.
func fuzzTemplate(_ input: [UInt8]) {
    let parts = input.parts(2)
    guard let text = parts[0].text, !text.utf8.contains(0), let key = parts[1].text else { return }
    let template: QueryTemplate
    do {
        template = try QueryTemplate.compile(text)
    } catch {
        check(!error.description.isEmpty, "an error that says nothing")
        return
    }
    guard let elements = try? TemplateElement.parse(text), let tokens = tokens(elements) else {
        fatalError("compiled what can't be read")
    }
    checkSQL(template, tokens)
    for key in [key, "'", "\\'--", "a'b\"$$/*@x'y.c'.d.e.f.g.h.i.j.k", "u@a.b.c.d.e.f.g.h.i.j"] {
        let bytes = Array(key.utf8)
        guard !bytes.isEmpty, !bytes.contains(0),
            template.requirements.areMet(by: bytes.span, AddressParts(bytes.span))
        else { continue }
        checkForms(template, tokens, bytes)
    }
}

/// The tokens of a template or, as elements, of SQL; nil if it can't be read.
private func tokens(_ elements: [TemplateElement]) -> [(token: Token, elements: ArraySlice<TemplateElement>)]?
{
    var lexer = SQLLexer(elements)
    var tokens: [(Token, ArraySlice<TemplateElement>)] = []
    var end = 0
    while true {
        guard let next = try? lexer.next() else {
            if end < elements.count { return nil }
            return tokens
        }
        check(next.range.lowerBound == end && !next.range.isEmpty, "a gap before \(next.range)")
        end = next.range.upperBound
        // One that a semicolon stood after is dropped with it.
        if next.kind == .blank || next.kind == .semicolon { continue }
        let bytes = elements[next.range].compactMap { if case .byte(let byte) = $0 { byte } else { nil } }
        tokens.append((Token(kind: next.kind, text: bytes), elements[next.range]))
    }
}

private func sql(_ bytes: [UInt8]) -> [(token: Token, elements: ArraySlice<TemplateElement>)] {
    guard let tokens = tokens(bytes.map { .byte($0) }) else {
        fatalError("what is sent can't be read: \(String(decoding: bytes, as: UTF8.self))")
    }
    return tokens
}

extension ArraySlice<TemplateElement> {
    fileprivate var hasPlaceholder: Bool { contains { if case .placeholder = $0 { true } else { false } } }
}

/// The statement with parameters: the template's tokens, a parameter in place of each literal with a placeholder.
private func checkSQL(
    _ template: QueryTemplate, _ tokens: [(token: Token, elements: ArraySlice<TemplateElement>)]
) {
    var count = 0
    let expected = tokens.map { token, elements in
        guard elements.hasPlaceholder else { return token }
        check(token.kind == .construct(.ordinaryLiteral), "a placeholder in \(token)")
        count += 1
        return Token(kind: .parameter, text: Array("$\(count)".utf8))
    }
    check(count == template.parameterCount, "\(template.parameterCount) parameters for \(count) literals")
    let found = sql(Array(template.sql.utf8)).map(\.token)
    check(found == expected, "\(found) prepared, not \(expected)")
}

/// The statement with the key in its literals: the template's tokens, but for what is in those literals; and that is
/// what the parameters are.
private func checkForms(
    _ template: QueryTemplate, _ tokens: [(token: Token, elements: ArraySlice<TemplateElement>)],
    _ key: [UInt8]
) {
    var statement: [UInt8] = []
    template.appendLiteralStatement(key: key.span, into: &statement) { part, output in
        for index in part.indices {
            output.append(part[index])
            if part[index] == UInt8(ascii: "'") { output.append(part[index]) }
        }
    }
    let found = sql(statement).map(\.token)
    check(found.count == tokens.count, "\(found.count) tokens sent, not \(tokens.count)")
    var index = 0
    for (found, (expected, elements)) in zip(found, tokens) {
        check(found.kind == expected.kind, "\(found) sent, not \(expected)")
        guard elements.hasPlaceholder else {
            check(found == expected, "\(found) sent, not \(expected)")
            continue
        }
        var parameter: [UInt8] = []
        template.appendParameter(index, key: key.span, into: &parameter)
        var value: [UInt8] = []
        var isSecondQuote = false
        for byte in found.text.dropFirst().dropLast() {
            isSecondQuote = byte == UInt8(ascii: "'") && !isSecondQuote
            if !isSecondQuote { value.append(byte) }
        }
        check(parameter == value, "\(parameter) as a parameter, \(value) as a literal")
        index += 1
    }
}
