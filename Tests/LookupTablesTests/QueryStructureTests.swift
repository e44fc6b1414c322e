// No key may change the structure of a query: random templates, hostile keys, an independent reader of SQL.

import LookupTables
import LookupValues
import Testing

/// Reads SQL as PostgreSQL would, with standard_conforming_strings = on, and knows nothing of how templates
/// are compiled. Its dollar quotes have no tags.
private struct SkeletonReader {
    private var rest: ArraySlice<Unicode.Scalar>
    private var skeleton = String.UnicodeScalarView()

    /// The SQL text with the contents of each ordinary literal left out; nil if something has no end.
    static func skeleton(_ sql: String) -> String? {
        var reader = SkeletonReader(rest: Array(sql.unicodeScalars)[...])
        while !reader.rest.isEmpty {
            guard reader.readToken() else { return nil }
        }
        return String(reader.skeleton)
    }

    private mutating func readToken() -> Bool {
        let first = rest[rest.startIndex]
        let next = rest.dropFirst().first
        switch (first, next) {
        case ("'", _): return readQuoted("'", keep: false)
        case ("e", "'"), ("E", "'"):
            take(1)
            return readQuoted("'", escapes: true)
        case ("b", "'"), ("B", "'"), ("x", "'"), ("X", "'"):
            take(1)
            return readQuoted("'")
        case ("\"", _): return readQuoted("\"")
        case ("$", "$"):
            take(2)
            while !rest.isEmpty && !rest.starts(with: ["$", "$"]) { take(1) }
            take(min(2, rest.count))
            return skeleton.reversed().starts(with: ["$", "$"])
        case ("/", "*"): return readComment()
        case ("-", "-"): take(rest.prefix { $0 != "\n" && $0 != "\r" }.count)
        default:
            let word = rest.prefix {
                $0.properties.isAlphabetic || "_$0123456789".unicodeScalars.contains($0)
            }
            take(first.properties.isAlphabetic ? word.count : 1)
        }
        return true
    }

    private mutating func readQuoted(_ quote: Unicode.Scalar, escapes: Bool = false, keep: Bool = true)
        -> Bool
    {
        take(1)
        while let scalar = rest.first {
            if scalar == quote && rest.dropFirst().first != quote {
                take(1)
                return true
            }
            let count = scalar == quote || (escapes && scalar == "\\") ? 2 : 1
            if keep { take(min(count, rest.count)) } else { rest = rest.dropFirst(count) }
        }
        return false
    }

    private mutating func readComment() -> Bool {
        var depth = 0
        repeat {
            guard !rest.isEmpty else { return false }
            if rest.starts(with: ["/", "*"]) {
                depth += 1
                take(2)
            } else if rest.starts(with: ["*", "/"]) {
                depth -= 1
                take(2)
            } else {
                take(1)
            }
        } while depth > 0
        return true
    }

    private mutating func take(_ count: Int) {
        skeleton.append(contentsOf: rest.prefix(count))
        rest = rest.dropFirst(count)
    }
}

private let templatePieces = [
    "SELECT ", "a", " = ", ", ", "(", ")", " + ", "'%s'", "'%u'", "'%d'", "'%1'", "'<%u''@%d>'", "'x'",
    "'it''s'",
    "'%%'", "%%", "E'\\''", "E'a'", "$$'$$", "\"'\"", "/*'*/", " -- ", "--\n", "'\\'", "'\\%s'", "::text",
    "N", " ",
    "E'%s'", "U&'%s'", "B'%s'", "\"%s\"", "$$%s$$", "/*%s*/", "--%s\n", "%s", "'", "\"", "$$", "*/", "/*",
    "\\", "e", "1", ";", "$1",
]

private let keyPieces = [
    "'", "''", "\\", "\\'", "\"", "$$", "--", "/*", "*/", ";", "%s", "%", "@", ".", "a", "x", "E'", "\n",
    "\r", "$1",
    "ß", "\u{1F600}", "OR 1=1", ")",
]

@Test("No key changes the structure of the fall-back")
func noKeyChangesTheStructureOfTheFallBack() throws {
    var generator = SplitMix64(seed: 20)
    var compiled = 0
    for _ in 0..<6_000 {
        let text = generator.text(of: templatePieces, upTo: 9)
        guard let template = try? QueryTemplate.compile(text), template.parameterCount > 0 else { continue }
        compiled += 1
        let expected = try #require(
            SkeletonReader.skeleton(template.literalStatement(for: "x@x.x")), "\(text)")
        for _ in 0..<8 {
            let key = generator.text(of: keyPieces, upTo: 6) + "@x"
            let statement = template.literalStatement(for: key)
            #expect(SkeletonReader.skeleton(statement) == expected, "\(text) with \(key) is \(statement)")
        }
    }
    // Enough templates got as far as to be tested.
    #expect(compiled > 400)
}

@Test("Parameters hold the value of the fall-back's literals")
func parametersHoldTheValueOfTheFallBacksLiterals() throws {
    var generator = SplitMix64(seed: 21)
    for _ in 0..<500 {
        let key = generator.text(of: keyPieces, upTo: 6) + "@x"
        let template = try QueryTemplate.compile("'<%u''@%d>%%'")
        let literal = template.literalStatement(for: key).dropFirst().dropLast()
        #expect(template.parameters(for: key) == [String(literal.replacing("''", with: "'"))])
    }
}
