// Everything in main.cf syntax: parameters, tables, mapmux.conf, and the values in them.

internal import LookupProtocols
internal import LookupValues

@testable internal import LookupTables

func fuzzParameters(_ input: [UInt8]) {
    var diagnostics: [Diagnostic] = []
    let file = ParameterFile(path: "f", contents: input, diagnostics: &diagnostics)
    let lines = LogicalLine.split(input).count
    check(file.parameters.count + diagnostics.count == lines, "a line that came to nothing, unsaid")
    var written = ""
    for parameter in file.parameters {
        let name = [UInt8](parameter.name.utf8)
        let value = [UInt8](parameter.value.utf8)
        check(!name.isEmpty && !name.contains { $0.isSpace || $0 == UInt8(ascii: "=") }, "the name \(name)")
        check(value.first?.isSpace != true && value.last?.isSpace != true, "blanks around \(value)")
        check(!value.contains(0) && !value.contains(UInt8(ascii: "\n")), "a byte that no value has")
        check(file[parameter.name] == parameter, "the name leads to another parameter")
        check(
            input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).count
                >= parameter.line,
            "a line beyond the last")
        written += "\(parameter.name) = \(parameter.value)\n"
    }
    for diagnostic in diagnostics { checkDiagnostic(diagnostic) }

    // Written again, the same comes out, with nothing to complain of.
    var others: [Diagnostic] = []
    let again = ParameterFile(path: "f", contents: Array(written.utf8), diagnostics: &others)
    check(others.isEmpty, "complains of what it has read: \(others)")
    check(again.parameters.map(\.name) == file.parameters.map(\.name), "other names the second time")
    check(again.parameters.map(\.value) == file.parameters.map(\.value), "other values the second time")

    for text in file.parameters.map(\.value) {
        for word in ParameterValue.words(text) {
            check(!word.isEmpty && !word.utf8.contains { $0.isSpace || $0 == UInt8(ascii: ",") }, "no word")
        }
        if let seconds = ParameterValue.seconds(text) {
            check((0...Int(Int32.max)).contains(seconds), "\(seconds) seconds")
        }
        if let count = ParameterValue.count(text) { check(count >= 0, "a count below 0") }
        _ = ParameterValue.boolean(text)
    }
}

func checkDiagnostic(_ diagnostic: Diagnostic) {
    check(!diagnostic.message.isEmpty, "a diagnostic that says nothing")
    check(diagnostic.line.map { $0 >= 1 } ?? true, "line \(diagnostic.line ?? 0)")
    check(diagnostic.description.contains(diagnostic.message), "a message is lost")
}

/// A table, and a key for it.
func fuzzTable(_ input: [UInt8]) {
    let parts = input.parts(3)
    let secret = "pw-9f2c-Xq"
    // The last one counts.
    let contents = parts[0] + Array("\npassword = \(secret)\n".utf8)
    var diagnostics: [Diagnostic] = []
    let table = TableDefinitionReader.read(
        file: "t.cf", contents: contents, readFile: { $0.hasPrefix("/f") ? parts[2] : nil },
        diagnostics: &diagnostics)
    for diagnostic in diagnostics {
        checkDiagnostic(diagnostic)
        check(!diagnostic.description.contains(secret), "a diagnostic with the password")
    }
    let hasError = diagnostics.contains { $0.severity == .error }
    check((table == nil) == hasError, "errors and a table, or neither")
    guard let table else { return }
    check(table.target.password == secret, "another password")
    check(table.expansionLimit >= 0 && table.retryInterval >= 1, "a limit below its least")
    for host in table.target.hosts { _ = host.description }

    for key in [parts[1], Array("user@a.example.com".utf8)] where UTF8Validation.isValid(key.span) {
        checkLookup(table, key)
    }
}

private func checkLookup(_ table: TableDefinition, _ key: [UInt8]) {
    guard table.question(for: key.span, folds: .none) == .asGiven else { return }
    check(!key.isEmpty && !key.contains(0), "a key that must not be asked for")
    for index in 0..<table.template.parameterCount {
        var parameter: [UInt8] = []
        table.template.appendParameter(index, key: key.span, into: &parameter)
        check(!parameter.contains(0), "a parameter with a NUL")
        check(UTF8Validation.isValid(parameter.span), "a parameter that is not UTF-8")
    }
    var builder = ResultBuilder(table: table, key: key)
    builder.add(key.span)
    builder.add(Array("v@w.x".utf8).span)
    checkOutcome(builder.finish())
}

/// Checks what every outcome of a result is.
func checkOutcome(_ outcome: LookupOutcome) {
    switch outcome {
    case .found(let value):
        check(!value.isEmpty, "found nothing")
        check(UTF8Validation.isValid(value.span), "found what is not UTF-8")
        check(value.count <= ResultBuilder.maximumValueLength, "found too much")
    case .notFound, .temporaryFailure: break
    case .permanentFailure: fatalError("a result is no reason for a permanent failure")
    }
}

/// A key, at any bytes.
func fuzzFolding(_ input: [UInt8]) {
    let isValid = String(validating: input, as: UTF8.self) != nil
    check(UTF8Validation.isValid(input.span) == isValid, "two opinions on UTF-8")
    let folded = KeyFolding.fold(input.span)
    check((folded != nil) == isValid, "folds what is not UTF-8, or refuses what is")
    if KeyFolding.isFolded(input.span) { check(folded == input, "is no folding of itself") }
    checkParts(input)
    guard let folded, let text = input.text else { return }
    check(folded.text != nil, "a folded key that is not UTF-8")
    check(KeyFolding.fold(folded.span) == folded, "folds further the second time")
    check(!folded.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }, "a capital is left")
    // Each character folds by itself.
    let single = text.unicodeScalars.flatMap { KeyFolding.fold(Array(String($0).utf8).span) ?? [] }
    check(single == folded, "another folding for each character")
}

private func checkParts(_ input: [UInt8]) {
    let parts = AddressParts(input.span)
    let at = input.lastIndex(of: UInt8(ascii: "@"))
    check(parts.at == at, "another last @")
    check(Array(input[parts.localPart]) == Array(input[..<(at ?? input.count)]), "another local part")
    check(Array(input[parts.domain]) == Array(at.map { input[($0 + 1)...] } ?? []), "another domain")
    let labels = input[parts.domain].split(separator: UInt8(ascii: "."))
    for place in 1...9 {
        let model = place <= labels.count ? labels[labels.count - place] : nil
        check(
            parts.label(place, of: input.span) == model.map { $0.startIndex..<$0.endIndex }, "label \(place)")
    }
}

/// A list of domains, a key, and a file that the list may name.
func fuzzDomains(_ input: [UInt8]) {
    let parts = input.parts(4)
    guard let list = parts[0].text else { return }
    var errors = 0
    let files = ["/f": parts[2], "/g": parts[3]]
    let filter = DomainFilter(list, readFile: { files[$0] }) { severity, message in
        check(!message.isEmpty, "a diagnostic that says nothing")
        if severity == .error { errors += 1 }
    }
    check(errors == (filter == nil ? 1 : 0), "\(errors) errors, and \(filter == nil ? "no" : "a") filter")
    let key = parts[1]
    guard let filter, let keyText = key.text else { return }
    let admits = filter.admits(key.span, AddressParts(key.span))
    let capitals = key.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) ? $0 - 32 : $0 }
    check(filter.admits(capitals.span, AddressParts(capitals.span)) == admits, "the case matters")
    guard !list.contains("/"), !list.contains("#") else { return }
    check(admits == isAdmitted(keyText, by: list), "\(admits) for \(keyText)")
}

/// As string_list(3) does it: the first pattern that matches decides.
private func isAdmitted(_ key: String, by list: String) -> Bool {
    let bytes = Array(key.utf8)
    guard let at = bytes.lastIndex(of: UInt8(ascii: "@")), at > 0 else { return false }
    let domain = KeyFolding.fold([UInt8](bytes[(at + 1)...]).span)
    for word in ParameterValue.words(list) {
        let pattern = word.unicodeScalars.drop { $0 == "!" }
        let marks = word.unicodeScalars.count - pattern.count
        if KeyFolding.fold(Array(String(pattern).utf8).span) == domain { return marks % 2 == 0 }
    }
    return false
}

/// A `result_format`, a key, and values, the first byte being the limit.
func fuzzResult(_ input: [UInt8]) {
    guard let first = input.first, input.count > 1 else { return }
    let parts = [UInt8](input.dropFirst()).parts(8)
    guard let text = parts[0].text, let key = parts[1].text else { return }
    let limit = Int(first % 8)
    let contents = "dbname = d\nquery = SELECT '%s'\nexpansion_limit = \(limit)\n"
    var diagnostics: [Diagnostic] = []
    let file = Array(contents.utf8) + Array("result_format = ".utf8) + parts[0]
    let table = TableDefinitionReader.read(
        file: "t", contents: file, readFile: { _ in nil }, diagnostics: &diagnostics)
    do {
        _ = try ResultFormat.compile(text)
    } catch {
        check(!error.description.isEmpty, "an error that says nothing")
    }
    // Read from a file, a value has lost the blanks around it, and can't have a newline.
    guard let table, !text.contains(where: \.isNewline), text.utf8.first.map({ !$0.isSpace }) == true,
        text.utf8.last.map({ !$0.isSpace }) == true, !text.utf8.contains(0),
        table.question(for: Array(key.utf8).span, folds: .none) == .asGiven
    else { return }
    var builder = ResultBuilder(table: table, key: parts[1])
    for value in parts[2...] { builder.add(value.span) }
    let outcome = builder.finish()
    checkOutcome(outcome)

    let values = parts[2...].compactMap { formatted(text, value: $0, key: parts[1]) }
    let joined = values.filter { !$0.isEmpty }.joined(separator: [UInt8(ascii: ",")])
    switch outcome {
    case .found(let value): check(value == Array(joined), "\(value) found, not \(Array(joined))")
    case .notFound: check(values.isEmpty, "values are lost")
    case .temporaryFailure:
        check((limit > 0 && values.count > limit) || Array(joined).text == nil, "no reason to fail")
    case .permanentFailure: break
    }
}

/// db_common_expand() for a format, anew; nil for a value that is skipped.
private func formatted(_ format: String, value: [UInt8], key: [UInt8]) -> [UInt8]? {
    guard !value.isEmpty else { return nil }
    var result: [UInt8] = []
    var scalars = format.unicodeScalars.makeIterator()
    while let scalar = scalars.next() {
        guard scalar == "%", let letter = scalars.next() else {
            result += String(scalar).utf8
            continue
        }
        let isOfKey = !("a"..."z").contains(letter)
        let text = isOfKey ? key : value
        let at = text.lastIndex(of: UInt8(ascii: "@"))
        let domain = at.map { text[($0 + 1)...] } ?? []
        switch letter {
        case "%": result.append(UInt8(ascii: "%"))
        case "s", "S": result += text
        case "u", "U":
            if at == 0 { return nil }
            result += text[..<(at ?? text.count)]
        case "d", "D":
            if domain.isEmpty { return nil }
            result += domain
        default:
            let labels = domain.split(separator: UInt8(ascii: "."))
            let place = Int(letter.value) - 48
            guard place <= labels.count else { return nil }
            result += labels[labels.count - place]
        }
    }
    return result
}

/// A word of `hosts`.
func fuzzHosts(_ input: [UInt8]) {
    guard let text = input.text else { return }
    let host: DatabaseHost
    do {
        host = try DatabaseHost(text)
    } catch {
        check(!error.description.isEmpty, "an error that says nothing")
        checkHidden(text)
        return
    }
    let slash = UInt8(ascii: "/")
    let form: String
    switch host {
    case .unix(let directory, let port):
        form = "unix:"
        check(directory.utf8.first ?? slash == slash, "a directory that is none")
        checkPort(port)
    case .tcp(let name, let port):
        form = "inet:"
        check(name.utf8.first ?? slash != slash, "no host name")
        checkPort(port)
    case .uri(let uri):
        check(uri == text, "another URI")
        checkHidden(text)
        return
    }
    // Something that looks like more than a directory is not shown.
    if case .unix(let directory, _) = host, !directory.isPlainHost { return }
    // What logs show can be written into a file again, with its form.
    check((try? DatabaseHost(form + host.description)) == host, "\(host.description) is another host")
}

private func checkPort(_ port: String?) {
    guard let port else { return }
    check(Int(port).map { (1...65_535).contains($0) } ?? false, "port \(port)")
}

/// A password put into the text must not come out, whatever is around it.
private func checkHidden(_ text: String) {
    let secret = "9f2cXq"
    for form in [
        "postgresql://u:\(secret)@\(text)", "postgresql://\(text)@u:\(secret)@h",
        "postgresql://h/?password=\(secret)&\(text)", "postgresql://\(text)?a&password=\(secret)",
    ] {
        guard let host = try? DatabaseHost(form) else { continue }
        check(!host.description.contains(secret), "\(host.description) has the password")
    }
}
