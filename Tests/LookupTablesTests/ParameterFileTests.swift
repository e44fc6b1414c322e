// main.cf syntax, line by line.

import LookupTables
import Testing

private func read(_ text: String) -> (ParameterFile, [String]) {
    read(Array(text.utf8))
}

private func read(_ contents: [UInt8]) -> (ParameterFile, [String]) {
    var diagnostics: [Diagnostic] = []
    let file = ParameterFile(path: "f", contents: contents, diagnostics: &diagnostics)
    return (file, diagnostics.map { "\($0.severity) \($0)" })
}

@Test("A parameter has name, value and line")
func parameterHasNameValueAndLine() {
    let (file, diagnostics) = read("a = 1\n\nb=2 = 3\t\nc\t =\n")
    #expect(diagnostics.isEmpty)
    #expect(file.path == "f")
    #expect(
        file.parameters == [
            .init(name: "a", value: "1", line: 1),
            .init(name: "b", value: "2 = 3", line: 3),
            .init(name: "c", value: "", line: 4),
        ])
    #expect(file["b"]?.line == 3)
    #expect(file["d"] == nil)
}

@Test(
    "White space continues a line, across comments and blank lines",
    arguments: [
        ("a = 1\n  2", "1  2"),
        ("a =\n 1\n 2\n", "1 2"),
        ("a = 1\n# comment\n  2", "1  2"),
        ("a = 1\n  # comment\n\n \t\n  2\n", "1  2"),
        ("a = 1 # no comment", "1 # no comment"),
        ("a = '--' -- all\n b", "'--' -- all b"),
        ("a = 1\r\n  2\r\n", "1\r  2"),
        ("a = $b", "$b"),
    ])
func whiteSpaceContinuesALineAcrossCommentsAndBlankLines(text: String, value: String) {
    let (file, diagnostics) = read(text)
    #expect(file["a"]?.value == value)
    #expect(diagnostics.isEmpty)
}

@Test("A repeated name keeps the last value, and warns without showing it")
func repeatedNameKeepsTheLastValueAndWarnsWithoutShowingIt() {
    let (file, diagnostics) = read("password = one\nb = 1\npassword = two\n")
    #expect(file.parameters.map(\.value) == ["1", "two"])
    #expect(
        diagnostics == [
            "warning f:3: found `password` again, which overrides line 1; expected each name once"
        ])
}

@Test(
    "What is no parameter is reported with its line",
    arguments: [
        ("a = 1\nquery\n", "error f:2: found no `=` after the first word, expected `name = value`"),
        ("a b = 1", "error f:1: found no `=` after the first word, expected `name = value`"),
        ("= 1", "error f:1: found no name before `=`, expected `name = value`"),
        ("a = \0", "error f:1: found a NUL byte in the value of `a`, expected text"),
        (
            "\n  a = 1\n  b = 2\nc = 3",
            "warning f:2: found white space before the first parameter, and ignored the line; expected `name = value`"
        ),
    ])
func whatIsNoParameterIsReportedWithItsLine(text: String, diagnostic: String) {
    #expect(read(text).1 == [diagnostic])
}

@Test("Every bad line is reported, and the good ones are read")
func everyBadLineIsReportedAndTheGoodOnesAreRead() {
    let (file, diagnostics) = read("x\na = 1\ny\n")
    #expect(file.parameters.map(\.name) == ["a"])
    #expect(diagnostics.count == 2)
}

@Test("Only comments may hold bytes that are not UTF-8")
func onlyCommentsMayHoldBytesThatAreNotUTF8() {
    let latin = Array("# caf".utf8) + [0xE9, 0x0A]
    #expect(read(latin).1.isEmpty)
    #expect(
        read(Array("a = caf".utf8) + [0xE9]).1
            == ["error f:1: found a value of `a` that is not UTF-8, expected UTF-8"])
    #expect(
        read([0xE9] + Array(" = 1".utf8)).1
            == ["error f:1: found a name that is not UTF-8, expected `name = value` in UTF-8"])
}

@Test("A diagnostic without a line names the file only")
func diagnosticWithoutALineNamesTheFileOnly() {
    #expect(Diagnostic(severity: .error, file: "f", line: nil, message: "m").description == "f: m")
}
