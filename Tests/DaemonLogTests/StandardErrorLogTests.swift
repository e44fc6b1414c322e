// Log lines: one a record, whatever its fields hold.

import Foundation
import Logging
import Testing

@testable import Configuration
@testable import DaemonLog

private func line(
    _ metadata: Logger.Metadata?, level: Logger.Level = .info, own: Logger.Metadata = [:],
    format: LogFormat = .text, hasPriority: Bool = false, at time: Double = 0
) -> String {
    let style = LogStyle(hasPriority: hasPriority)
    style.format = format
    var log = StandardErrorLog(style: style) { _ in }
    log.metadata = own
    return log.line(
        for: LogEvent(
            level: level, message: "database host failed", metadata: metadata, source: nil, file: "",
            function: "",
            line: 0), at: time)
}

private func field(_ value: String) -> String {
    let line = line(["key": "\(value)"])
    #expect(line.hasPrefix("mapmux: info: database host failed key="))
    #expect(line.hasSuffix("\n"))
    return String(String.UnicodeScalarView(line.unicodeScalars.dropFirst(39).dropLast()))
}

@Test("A record is a line with level and message")
func aRecordIsALineWithLevelAndMessage() {
    #expect(line(nil) == "mapmux: info: database host failed\n")
    #expect(line(nil, level: .error) == "mapmux: error: database host failed\n")
}

@Test("Fields follow in the order of their names")
func fieldsFollowInTheOrderOfTheirNames() {
    #expect(
        line(["host": "db:5432", "clients": "3", "at": "2"])
            == "mapmux: info: database host failed at=2 clients=3 host=db:5432\n")
}

@Test("A record's fields win over the logger's")
func aRecordsFieldsWinOverTheLoggers() {
    #expect(
        line(["worker": "1"], own: ["worker": "0", "pool": "mail"])
            == "mapmux: info: database host failed pool=mail worker=1\n")
}

@Test(
    "A word is written as it is",
    arguments: ["word", "db.example.com:5432", "/run/mapmux/socketmap", "C:\\dir", "a=b", "Bücher", "日本"])
func aWordIsWrittenAsItIs(value: String) {
    #expect(field(value) == value)
}

@Test(
    "What is no word is quoted",
    arguments: [
        ("", "\"\""), ("two words", "\"two words\""), ("say \"no\"", "\"say \\\"no\\\"\""),
        ("\"", "\"\\\"\""),
        ("a \\ b", "\"a \\\\ b\""), ("ends with \\", "\"ends with \\\\\""),
        ("x level=error", "\"x level=error\""),
    ])
func whatIsNoWordIsQuoted(value: String, quoted: String) {
    #expect(field(value) == quoted)
}

@Test(
    "Control characters never reach the log",
    arguments: [
        ("a\nmapmux: error: forged", "\"a\\\\nmapmux: error: forged\""), ("a\r\nb", "a\\r\\nb"),
        ("\n", "\\n"),
        ("a\tb", "a\\tb"), ("\u{1b}[31mred", "\\u{1B}[31mred"), ("nul\0", "nul\\0"), ("\u{7f}", "\\u{7F}"),
        ("\u{85}next", "\\u{85}next"), ("\u{9b}31m", "\\u{9B}31m"),
        ("\u{202e}\u{2028}", "\\u{202E}\\u{2028}"),
    ])
func controlCharactersNeverReachTheLog(value: String, quoted: String) {
    #expect(field(value) == quoted)
}

@Test("No field can forge a second line")
func noFieldCanForgeASecondLine() {
    for scalar in (0...0x20ff).compactMap(Unicode.Scalar.init) {
        let line = line(["key": "a\(scalar)mapmux: error: forged"])
        #expect(line.utf8.count { $0 == UInt8(ascii: "\n") } == 1, "\(scalar.value)")
        #expect(line.utf8.last == UInt8(ascii: "\n"))
    }
}

@Test("A quoted field ends where its quote ends")
func aQuotedFieldEndsWhereItsQuoteEnds() {
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

// MARK: Length

/// PIPE_BUF of Linux: what goes into a pipe in one piece.
@Test(
    "No line is longer than a pipe takes in one piece",
    arguments: [
        String(repeating: "x", count: 1_000_000), String(repeating: "\"", count: 5_000),
        "a" + String(repeating: "\u{301}", count: 600_000), String(repeating: "\u{9b}", count: 3_000),
    ])
func noLineIsLongerThanAPipeTakesInOnePiece(value: String) throws {
    for format in [LogFormat.text, .json] {
        let line = line(["key": "\(value)", "text": "\(value)", "host": "db"], format: format)
        #expect(line.utf8.count <= 4_096)
        #expect(line.contains("database host failed") && line.hasSuffix(format == .json ? "}}\n" : "\n"))
        if format == .json { #expect(try object(line)["level"] as? String == "info") }
    }
}

// MARK: JSON

private func object(_ line: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
}

@Test(
    "A JSON record holds what was logged",
    arguments: [
        "word", "two words", "\"quoted\" \\ \\\"", "a\nb\r\tc\0", "\u{1b}[31m \u{7f}\u{85}\u{2028}",
        "日本 e\u{301}", "",
    ])
func aJSONRecordHoldsWhatWasLogged(value: String) throws {
    let text = line(["key": "\(value)", "host": "db"], level: .warning, format: .json, at: 1_795_413_600.25)
    #expect(text.utf8.count { $0 == UInt8(ascii: "\n") } == 1 && text.hasSuffix("}\n"))
    #expect(text.unicodeScalars.dropLast().allSatisfy { $0 >= " " })
    let object = try object(text)
    #expect(Set(object.keys) == ["time", "level", "message", "fields"])
    #expect(object["time"] as? String == "2026-11-23T06:00:00.250Z")
    #expect(object["level"] as? String == "warning")
    #expect(object["message"] as? String == "database host failed")
    let fields = try #require(object["fields"] as? [String: String])
    #expect(fields.count == 2 && fields["host"] == "db")
    #expect(Array((fields["key"] ?? "?").utf8) == Array(value.utf8))
}

@Test("Timestamps are those of the calendar")
func timestampsAreThoseOfTheCalendar() throws {
    let formatter = ISO8601DateFormatter()
    formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
    var time = 0.0
    // Some 150 years in steps of 11 days and a bit, over every leap day's neighbourhood.
    while time < 4_900_000_000 {
        #expect(JSONRecord.timestamp(time) == formatter.string(from: Date(timeIntervalSince1970: time)))
        time += 967_233.125
    }
    for day in ["2024-02-29", "2024-03-01", "2100-02-28", "2100-03-01", "2000-02-29", "2026-12-31"] {
        let date = try #require(formatter.date(from: "\(day)T23:59:59.500Z"))
        #expect(JSONRecord.timestamp(date.timeIntervalSince1970) == "\(day)T23:59:59.500Z")
    }
}

// MARK: Under systemd

@Test("Under the journal each line begins with its priority")
func underTheJournalEachLineBeginsWithItsPriority() {
    #expect(line(nil, level: .warning, hasPriority: true) == "<4>mapmux: warning: database host failed\n")
    #expect(line(nil, level: .error, format: .json, hasPriority: true).hasPrefix("<3>{\"time\""))
    let levels: [(Logger.Level, Character)] = [
        (.critical, "2"), (.error, "3"), (.warning, "4"), (.notice, "5"), (.info, "6"), (.debug, "7"),
    ]
    for (level, number) in levels {
        #expect(line(nil, level: level, hasPriority: true).hasPrefix("<\(number)>mapmux: \(level): "))
    }
}
