// Case folding and UTF-8 validation, scalar by scalar.

import LookupTables
import Testing

private func fold(_ text: String) -> String? {
    KeyFolding.fold(Array(text.utf8).span).map { String(decoding: $0, as: UTF8.self) }
}

@Test(
    "A key is folded as by ICU",
    arguments: [
        ("", ""),
        ("User+Ext@EXAMPLE.com", "user+ext@example.com"),
        ("@[`{AZ", "@[`{az"),
        ("Straße@Größe.example", "strasse@grösse.example"),
        ("ΣΊΣΥΦΟΣ ς", "σίσυφοσ σ"),
        ("İıIi", "i\u{307}ıii"),
        ("ẞﬃ\u{1FD3}", "ssffi\u{3B9}\u{308}\u{301}"),
        ("Ꭰꭰᏸ", "ᎠᎠᏰ"),
        ("日本@例え.jp", "日本@例え.jp"),
    ])
func keyIsFoldedLikeICU(text: String, folded: String) {
    #expect(fold(text).map { Array($0.unicodeScalars) } == Array(folded.unicodeScalars))
}

@Test("Folding agrees with Unicode 14 for every scalar of the cased planes")
func foldingAgreesWithUnicode14ForEveryScalarOfTheCasedPlanes() {
    let wrong = (0...0x1_FFFF).compactMap(Unicode.Scalar.init).filter { scalar in
        // The standard library knows scalars that Unicode 14 does not.
        guard let age = scalar.properties.age, age.major <= 14 else { return false }
        let expected = CaseFoldingTable.foldings[scalar] ?? [scalar]
        return fold(String(scalar)).map { Array($0.unicodeScalars) } != expected
    }
    #expect(wrong == [])
    #expect(CaseFoldingTable.foldings.count == 1_530)
}

private let invalid: [[UInt8]] = [
    [0x80], [0xC3], [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF],
    [0x61, 0xE9, 0x62], [0xF0, 0x9F, 0x98],
]

@Test("Bytes that are not UTF-8 have no folding", arguments: invalid)
func bytesThatAreNotUTF8HaveNoFolding(bytes: [UInt8]) {
    #expect(KeyFolding.fold(bytes.span) == nil)
    #expect(KeyFolding.isFolded(bytes.span) == false)
    #expect(UTF8Validation.isValid(bytes.span) == false)
}

@Test("Text is UTF-8", arguments: ["", "User@Example.com", "Größe", "\u{10FFFF}\0"])
func textIsUTF8(text: String) {
    #expect(UTF8Validation.isValid(Array(text.utf8).span) == true)
}

@Test(
    "Only ASCII is folded if no more is asked for",
    arguments: [
        ("User@EXAMPLE.com", "user@example.com"), ("Stra\u{df}e", "stra\u{df}e"), ("\u{c4}B", "\u{c4}b"),
        ("", ""),
    ])
func onlyASCIIIsFoldedWhereNoMoreIsAskedFor(key: String, folded: String) {
    #expect(KeyFolding.fold(Array(key.utf8).span, .onlyASCII) == Array(folded.utf8))
    #expect(KeyFolding.fold([0x41, 0xC3].span, .onlyASCII) == nil)
    #expect(KeyFolding.fold(Array(key.utf8).span, .none) == nil)
}

/// Each byte at each place of a word, and behind words.
@Test("What is folded at first sight is its own folding")
func whatIsFoldedAtFirstSightIsItsOwnFolding() {
    for length in 0...17 {
        for place in 0..<max(1, length) {
            for byte in UInt8.min ... .max {
                var key = [UInt8](repeating: UInt8(ascii: "z"), count: length)
                if length > 0 { key[place] = byte }
                let isPlain = !key.contains { $0 >= 0x80 || (0x41...0x5A).contains($0) }
                #expect(KeyFolding.isFolded(key.span) == isPlain)
                if isPlain { #expect(KeyFolding.fold(key.span) == key) }
            }
        }
    }
}
