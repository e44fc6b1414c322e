// What the query is asked for a key, and why it is not asked.

import LookupTables
import LookupValues
import Testing

/// What becomes of a key, in words.
private func transcript(_ key: [UInt8], _ table: TableDefinition, _ folds: KeyFolding.Extent) -> String {
    switch table.question(for: key.span, folds: folds) {
    case .asGiven: "as given"
    case .folded(let folded): "as \(String(decoding: folded, as: UTF8.self))"
    case .notFound(let exclusion, nil): "\(exclusion)"
    case .notFound(let exclusion, let folded?): "\(exclusion) of \(String(decoding: folded, as: UTF8.self))"
    }
}

@Suite("What is asked for a key")
struct KeyQuestionTests {
    @Test(
        "A key and how much is folded decide what is asked",
        arguments: [
            ("user@a.example.com", .full, "as given"),
            ("User@A.Example.COM", .full, "as user@a.example.com"),
            ("User@A.Example.COM", .onlyASCII, "as user@a.example.com"),
            ("User@A.Example.COM", .none, "as given"),
            ("STRASSE@a.example.com", .full, "as strasse@a.example.com"),
            ("Straße@a.example.com", .full, "as strasse@a.example.com"),
            ("Straße@a.example.com", .onlyASCII, "as straße@a.example.com"),
            ("Straße@a.example.com", .none, "as given"),
            ("straße@a.example.com", .onlyASCII, "as straße@a.example.com"),
            ("user@A.ÄÖ.com", .full, "as user@a.äö.com"),
            ("user@A.ÄÖ.com", .onlyASCII, "as user@a.ÄÖ.com"),
            ("", .full, "empty"),
            ("", .none, "empty"),
            ("a\0b@a.example.com", .full, "nulByte"),
            ("A\0b@a.example.com", .full, "nulByte of a\0b@a.example.com"),
            ("A\0b@a.example.com", .none, "nulByte"),
            ("user@b.example.com", .full, "domain"),
            ("User@b.example.com", .onlyASCII, "domain of user@b.example.com"),
            ("nobody", .full, "domain"),
            ("@a.example.com", .full, "domain"),
            ("user@short", .full, "missingPart"),
            ("User@short", .full, "missingPart of user@short"),
        ] as [(String, KeyFolding.Extent, String)])
    func decisions(key: String, folds: KeyFolding.Extent, expected: String) throws {
        let table = try #require(
            TableReading(lines: "query = SELECT '%u', '%3'\ndomain = a.example.com A.äö.com short").table)
        #expect(transcript(Array(key.utf8), table, folds) == expected)
    }

    @Test(
        "A key that is not UTF-8 is not asked for, whatever else is wrong with it",
        arguments: [.none, .onlyASCII, .full] as [KeyFolding.Extent],
        [[0xff], [0x61, 0xc3], [0x41, 0xff], [0x00, 0xff], [0xed, 0xa0, 0x80], [0xc0, 0x80]] as [[UInt8]])
    func notUTF8(folds: KeyFolding.Extent, key: [UInt8]) throws {
        let table = try #require(TableReading(lines: "domain = example.com").table)
        #expect(transcript(key, table, folds) == "notUTF8")
    }

    @Test("Each reason has words of its own")
    func reasons() {
        let reasons = KeyExclusion.allCases.map(\.reason)
        #expect(Set(reasons).count == reasons.count && reasons.allSatisfy { $0.hasPrefix("the key ") })
    }

    @Test("A key is judged as its folding is, which is asked for as it is")
    func seeded() throws {
        let pieces = [
            "u", "U", "x.", "@", "a.com", "A.Com", "b.com", "ß", "ẞ", "Σ", "ς", "É", " ", "\0", "%",
        ]
        let tables = try [
            "query = SELECT '%s'", "query = SELECT '%u'", "query = SELECT '%d'", "query = SELECT '%3'",
            "domain = a.com ß.com", "query = SELECT '%s'\nresult_format = %U %2\ndomain = x.a.com b.com",
        ].map { try #require(TableReading(lines: $0).table) }
        var generator = SplitMix64(seed: 17)
        var decisions: Set<String> = []
        for _ in 0..<5_000 {
            var key = Array(generator.text(of: pieces, upTo: 6).utf8)
            let isWhole = Bool.random(using: &generator) || key.isEmpty
            if !isWhole { key.remove(at: Int.random(in: key.indices, using: &generator)) }
            let isUTF8 = String(validating: key, as: UTF8.self) != nil
            let table = tables.randomElement(using: &generator)!
            for folds in [.none, .onlyASCII, .full] as [KeyFolding.Extent] {
                let question = table.question(for: key.span, folds: folds)
                #expect((question == .notFound(.notUTF8)) == !isUTF8)
                guard isUTF8 else { continue }
                let folding = KeyFolding.fold(key.span, folds) ?? key
                switch question {
                case .asGiven:
                    decisions.insert("as given")
                    #expect(folding == key)
                case .folded(let folded):
                    decisions.insert("folded")
                    #expect(folded == folding)
                    let again = table.question(for: folded.span, folds: .none)
                    #expect(again == .asGiven)
                case .notFound(let exclusion, let folded):
                    decisions.insert("\(exclusion)")
                    #expect(folded ?? key == folding)
                    let again = table.question(for: folding.span, folds: .none)
                    #expect(again == .notFound(exclusion))
                }
            }
        }
        #expect(decisions == ["as given", "folded", "empty", "nulByte", "domain", "missingPart"])
    }
}
