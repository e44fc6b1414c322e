// What a foreign text is when it is shown.

import LookupValues
import Testing

@Test(
    "A text that is seen as it is stays as it is",
    arguments: ["", "plain text", "Bücher", "日本", "e\u{301}", "a \\ b \"c\"", "🙂", "\u{fffd}"])
func aTextThatIsSeenAsItIsStaysAsItIs(text: String) {
    #expect(text.shown() == text)
    #expect(text.shownJSON == text)
    #expect(text.unicodeScalars.allSatisfy { $0.isSeen })
}

@Test(
    "What is not seen is written out",
    arguments: [
        ("\u{1b}]0;title\u{7}", "\\u{1B}]0;title\\u{07}"), ("a\r\nb\tc\0", "a\\r\\nb\\tc\\0"),
        ("\u{7f}\u{80}\u{85}\u{9b}31m", "\\u{7F}\\u{80}\\u{85}\\u{9B}31m"),
        ("a\u{2028}b\u{2029}", "a\\u{2028}b\\u{2029}"),
        ("\u{202e}gpj.exe\u{2066}\u{200f}", "\\u{202E}gpj.exe\\u{2066}\\u{200F}"),
        ("zero\u{200b}width\u{feff}", "zero\\u{200B}width\\u{FEFF}"), ("\u{e0041}", "\\u{E0041}"),
    ])
func whatIsNotSeenIsWrittenOut(text: String, shown: String) {
    #expect(text.shown() == shown)
    #expect(shown.shown() == shown)
}

@Test("No character that a terminal obeys is left")
func noCharacterThatATerminalObeysIsLeft() {
    for scalar in (0...0x10ffff).compactMap(Unicode.Scalar.init) {
        let shown = "\(scalar)".shown()
        let isObeyed =
            scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
            || [0x61c, 0x200e, 0x200f, 0x2028, 0x2029].contains(scalar.value)
            || (0x202a...0x202e).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        if isObeyed { #expect(shown.utf8.allSatisfy { (0x20...0x7e).contains($0) }, "\(scalar.value)") }
    }
}

@Test("A text is cut in bytes between two characters")
func aTextIsCutInBytesBetweenTwoCharacters() {
    #expect("abcdef".shown(upTo: 6) == "abcdef")
    #expect("abcdefg".shown(upTo: 6) == "abc…")
    #expect("äöü".shown(upTo: 6) == "äöü")
    #expect("äöüx".shown(upTo: 6) == "ä…")
    #expect("日本語".shown(upTo: 8) == "日…")
    // Not inside what a character is written out as, either.
    #expect("abc\u{1b}def".shown(upTo: 10) == "abc…")
    #expect("abcd".shown(upTo: 3) == "…")
}

/// To people it is one letter.
@Test("A letter with a million accents is cut, too")
func aLetterWithAMillionAccentsIsCutToo() {
    let letter = "a" + String(repeating: "\u{301}", count: 1_000_000)
    #expect(letter.count == 1)
    #expect(letter.shown(upTo: 1_000).utf8.count <= 1_000)
}

@Test("What was cut is not cut again")
func whatWasCutIsNotCutAgain() {
    for text in ["abcdefgh", "äöüäöü", "\u{1b}\u{1b}\u{1b}", "aäaäaäaä"] {
        for limit in 3...12 {
            let once = text.shown(upTo: limit)
            #expect(once.utf8.count <= limit)
            #expect(once.shown(upTo: limit) == once)
        }
    }
}

@Test("A text for JSON is cut alike")
func aTextForJSONIsCutAlike() {
    #expect("äöü".cut(upTo: 6) == "äöü" && "äöüx".cut(upTo: 6) == "ä…" && "a日本".cut(upTo: 6) == "a…")
    #expect("\u{1b}".cut(upTo: 6) == "\u{1b}")
}

@Test("Bytes that are no UTF-8 are shown as replaced")
func bytesThatAreNoUTF8AreShownAsReplaced() {
    #expect(String(decoding: [0x61, 0xff, 0x62] as [UInt8], as: UTF8.self).shown() == "a\u{fffd}b")
}

@Test(
    "In JSON, what is not seen is escaped and not lost",
    arguments: [
        ("plain", "\"plain\""), ("\"\\", "\"\\\"\\\\\""), ("\u{1b}\n\u{9b}", "\"\\u001b\\u000a\\u009b\""),
        ("\u{202e}\u{2028}", "\"\\u202e\\u2028\""), ("\u{e0041}", "\"\\udb40\\udc41\""), ("ä", "\"ä\""),
    ])
func inJSONWhatIsNotSeenIsEscapedAndNotLost(text: String, json: String) {
    #expect(text.asJSON == json)
    #expect(json.shownJSON == json)
}

@Test("A whole document is escaped in its strings only")
func aWholeDocumentIsEscapedInItsStringsOnly() {
    #expect(
        "{\n  \"a\" : \"\u{9b}\u{7f}ä\u{202e}\"\n}".shownJSON == "{\n  \"a\" : \"\\u009b\\u007fä\\u202e\"\n}")
}
