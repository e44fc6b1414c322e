// The entries of the parameter `maps`: a name, and the files of the tables that answer for it.

internal import LookupValues

/// `NAME=pgsql:/abs/file.cf`, `pgsql:/abs/file.cf`, or `NAME={pgsql:/abs/one.cf pgsql:/abs/other.cf}`.
package struct MapEntry: Equatable, Sendable {
    /// As given, or the name of the file without `.cf`.
    package let name: String
    /// The files, in the order in which they are asked; one at least.
    package let paths: [String]

    /// Nil for a text that is no entry.
    package init?(_ word: String) {
        let given: Substring?
        let rest: Substring
        if let equals = word.firstIndex(of: "="), !word.hasPrefix("pgsql:") {
            given = word[..<equals]
            rest = word[word.index(after: equals)...]
        } else {
            given = nil
            rest = word[...]
        }
        let tables: [String]
        if rest.hasPrefix("{") {
            guard rest.hasSuffix("}"), given != nil else { return nil }
            tables = ParameterValue.words(String(rest.dropFirst().dropLast()))
        } else {
            tables = [String(rest)]
        }
        paths = tables.compactMap { $0.hasPrefix("pgsql:/") ? String($0.dropFirst("pgsql:".count)) : nil }
        guard let path = paths.first, paths.count == tables.count, Set(paths).count == paths.count else {
            return nil
        }
        let file = path[path.index(after: path.lastIndex(of: "/")!)...]
        name = String(given ?? (file.hasSuffix(".cf") ? file.dropLast(3) : file))
        if name.isEmpty { return nil }
    }

    /// The words of a value of `maps`, between blanks and commas that are not within braces.
    package static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isInBraces = false
        for scalar in text.unicodeScalars {
            let isBetween = scalar == "," || UInt8(exactly: scalar.value).map(\.isSpace) ?? false
            if isBetween && !isInBraces {
                if !word.isEmpty { words.append(word) }
                word = ""
                continue
            }
            if scalar == "{" { isInBraces = true }
            if scalar == "}" { isInBraces = false }
            word.unicodeScalars.append(scalar)
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}
