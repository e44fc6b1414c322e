// Log lines: one a record, whatever its fields hold.

import Logging
import Testing

@testable import MapmuxDaemon

private func line(
    _ metadata: Logger.Metadata?, level: Logger.Level = .info, own: Logger.Metadata = [:]
) -> String {
    var log = StandardErrorLog()
    log.metadata = own
    return log.line(
        for: LogEvent(
            level: level, message: "database host failed", metadata: metadata, source: nil, file: "",
            function: "",
            line: 0))
}

private func field(_ value: String) -> String {
    let line = line(["key": "\(value)"])
    #expect(line.hasPrefix("mapmux: info: database host failed key="))
    #expect(line.hasSuffix("\n"))
    return String(String.UnicodeScalarView(line.unicodeScalars.dropFirst(39).dropLast()))
}

@Test func aRecordIsALineWithLevelAndMessage() {
    #expect(line(nil) == "mapmux: info: database host failed\n")
    #expect(line(nil, level: .error) == "mapmux: error: database host failed\n")
}

@Test func fieldsFollowInTheOrderOfTheirNames() {
    #expect(
        line(["host": "db:5432", "clients": "3", "at": "2"])
            == "mapmux: info: database host failed at=2 clients=3 host=db:5432\n")
}

@Test func aRecordsFieldsWinOverTheLoggers() {
    #expect(
        line(["worker": "1"], own: ["worker": "0", "pool": "mail"])
            == "mapmux: info: database host failed pool=mail worker=1\n")
}

@Test(arguments: ["word", "db.example.com:5432", "/run/mapmux/socketmap", "C:\\dir", "a=b", "Bücher", "日本"])
func aWordIsWrittenAsItIs(value: String) {
    #expect(field(value) == value)
}

@Test(arguments: [
    ("", "\"\""), ("two words", "\"two words\""), ("say \"no\"", "\"say \\\"no\\\"\""), ("\"", "\"\\\"\""),
    ("a \\ b", "\"a \\\\ b\""), ("ends with \\", "\"ends with \\\\\""),
    ("x level=error", "\"x level=error\""),
])
func whatIsNoWordIsQuoted(value: String, quoted: String) {
    #expect(field(value) == quoted)
}

@Test(arguments: [
    ("a\nmapmux: error: forged", "\"a mapmux: error: forged\""), ("a\r\nb", "\"a  b\""), ("\n", "\" \""),
    ("a\tb", "\"a b\""), ("\u{1b}[31mred", "\" [31mred\""), ("nul\0", "\"nul \""), ("\u{7f}", "\" \""),
    ("\u{85}next", "\" next\""), ("\u{9b}31m", "\" 31m\""), ("\u{80}\u{9f}", "\"  \""),
])
func controlCharactersNeverReachTheLog(value: String, quoted: String) {
    #expect(field(value) == quoted)
}

@Test func noFieldCanForgeASecondLine() {
    for scalar in (0...0x20ff).compactMap(Unicode.Scalar.init) {
        let line = line(["key": "a\(scalar)mapmux: error: forged"])
        #expect(line.utf8.count { $0 == UInt8(ascii: "\n") } == 1, "\(scalar.value)")
        #expect(line.utf8.last == UInt8(ascii: "\n"))
    }
}

@Test func aQuotedFieldEndsWhereItsQuoteEnds() {
    for value in ["\\\" host=forged", "\\ ", "\\\\\" x", "\" level=\"error", "a\\\"b c\\"] {
        var isEscaped = false
        var ends = 0
        for scalar in field(value).unicodeScalars.dropFirst() {
            if isEscaped {
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "\"" {
                ends += 1
            }
        }
        #expect(ends == 1, "\(value)")
    }
}
