// What `mapmux init` reads from postconf(1), and what it writes.

internal import LookupTables

@testable internal import PostfixInventory

/// The output of postconf(1) with each of its options.
func fuzzPostconf(_ input: [UInt8]) {
    // Postfix's values are C strings.
    guard !input.contains(0) else { return }
    let texts = input.parts(6).map { String(decoding: $0, as: UTF8.self) }
    let postconf = PostconfOutput(
        x: texts[0], n: texts[1], userNames: texts[2], Px: texts[3], P: texts[4], M: texts[5])
    for (_, value) in postconf.written + postconf.parameters { checkValue(value, postconf) }

    let inventory = PostfixInventory(postconf)
    let names = inventory.maps.map(\.name)
    check(Set(names).count == names.count, "two maps of one name: \(names)")
    check(
        !names.contains { $0.isEmpty || $0.contains { ":=, \t".contains($0) } },
        "a name that is none: \(names)")
    _ = inventory.notes + inventory.problems + inventory.files
    for step in inventory.steps(configurationDirectory: "/etc/post fix'") {
        check(step.forConfiguration.hasPrefix("#"), "a step that would be configuration")
        switch step {
        case .text:
            check(step.forShell.isEmpty || step.forShell.hasPrefix("#"), "a text that a shell would run")
        case .optionalCommand: check(step.forShell.hasPrefix("#"), "a shell would run it: \(step.forShell)")
        case .command(let command): checkCommand(command)
        }
    }
    checkConfiguration(inventory)
}

private func checkValue(_ value: String, _ postconf: PostconfOutput) {
    let text = ParameterValueText(value, expand: postconf.expand)
    var end = 0
    for reference in text.references {
        check(
            reference.range.lowerBound >= end && !reference.range.isEmpty, "\(reference.range) after \(end)")
        end = reference.range.upperBound
        if case .withinProxied(let compound) = reference.route {
            check(text.compounds.indices.contains(compound), "in a compound that is none")
        }
    }
    check(end <= text.bytes.count, "a table beyond the value's end")
    check(text.replacing { _ in nil } == value, "changes without a change")
    check(text.proxied { _ in false } == value, "changes for tables that aren't served")
    let proxied = text.proxied { _ in true }
    let again = ParameterValueText(proxied, expand: postconf.expand)
    check(again.proxied { _ in true } == proxied, "\(proxied) is given another proxy:")
    check(
        again.references.map(\.name) == text.references.map(\.name),
        "\(proxied) has other tables than \(value)")
}

/// Takes a command apart as sh(1) would: words, of which no character is special outside single quotes.
private func checkCommand(_ command: String) {
    var isQuoted = false
    var isEscaped = false
    for character in command.unicodeScalars {
        if isEscaped {
            isEscaped = false
        } else if character == "'" {
            isQuoted.toggle()
        } else if !isQuoted {
            if character == "\\" { isEscaped = true }
            check(
                !"$`\"|&;<>(){}*?[]#~!\n".unicodeScalars.contains(character),
                "a shell would see more: \(command)")
        }
    }
    check(!isQuoted && !isEscaped, "a quote without an end: \(command)")
}

/// The configuration must be one, with these maps.
private func checkConfiguration(_ inventory: PostfixInventory) {
    // Values of postconf(1) have neither, nor a name of a table any blank.
    let isPlain = inventory.served.allSatisfy { table in
        !table.name.contains { ", \t\r\u{0B}\u{0C}\0{}".contains($0) || $0.isNewline }
    }
    guard isPlain else { return }
    var diagnostics: [Diagnostic] = []
    let text = inventory.configuration(socketGroup: "postfix")
    let file = ParameterFile(path: "c", contents: Array(text.utf8), diagnostics: &diagnostics)
    check(diagnostics.isEmpty, "\(diagnostics) of \(text)")
    let entries = MapEntry.words(file["maps"]?.value ?? "").compactMap { MapEntry($0) }
    check(entries.map(\.paths) == inventory.maps.map(\.tables), "\(entries) for \(inventory.maps)")
    check(entries.map(\.name) == inventory.maps.map(\.name), "\(entries) for \(inventory.maps)")
}
