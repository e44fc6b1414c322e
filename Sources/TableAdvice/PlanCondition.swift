// The conditions of a plan, `Filter` and `Index Cond`, taken apart as far as advice needs it.

/// A condition, or one of several that AND joins, as ruleutils.c writes it without abbreviating: columns after the
/// relation's alias and a dot, operands in parentheses.
struct PlanCondition: Equatable {
    /// Without parentheses around the whole.
    let text: String

    /// Takes a condition apart at the ANDs that are not in parentheses.
    static func conjuncts(of text: String) -> [PlanCondition] {
        let text = withoutParentheses(text)
        let parts = split(text, at: " AND ")
        guard parts.count > 1 else { return [PlanCondition(text: text)] }
        return parts.flatMap { conjuncts(of: $0) }
    }

    /// The columns of the relation with this alias, as written, each once.
    func columns(of alias: String) -> [String] {
        var columns: [String] = []
        for column in references(to: alias).map(\.column) where !columns.contains(column) {
            columns.append(column)
        }
        return columns
    }

    /// The condition without `alias.` before the columns, as an index's definition writes them.
    func text(without alias: String) -> String {
        var rest = Array(text.utf8)
        for reference in references(to: alias).reversed() {
            rest.removeSubrange(reference.start..<reference.start + alias.utf8.count + 1)
        }
        return String(decoding: rest, as: UTF8.self)
    }

    /// The largest call or cast around a reference to the column that does not take in the key; nil if the column is
    /// compared as it is.
    ///
    /// - Parameters:
    ///   - keys: tell whether the key is in a text.
    ///   - varchars: the columns whose cast to text is PostgreSQL's own, and does not count.
    func wrapping(
        of column: String, of alias: String, keys: KeyMarks, varchars: Set<String>
    ) -> String? {
        let bytes = Array(text.utf8)
        for reference in references(to: alias) where reference.column == column {
            var widest: String?
            var isCall = false
            for (open, close) in enclosingParentheses(of: reference.start, in: bytes) {
                let inside = String(decoding: bytes[open...close], as: UTF8.self)
                if keys.areIn(inside) { break }
                let start = startOfName(before: open, in: bytes)
                if start < open {
                    widest = String(decoding: bytes[start...close], as: UTF8.self)
                    isCall = true
                } else if !isCall, bytes[(close + 1)...].starts(with: "::".utf8) {
                    var end = close + 3
                    while end < bytes.count, isNameByte(bytes[end]) { end += 1 }
                    let isOwn =
                        varchars.contains(column) && bytes[close..<end].elementsEqual(")::text".utf8)
                        && inside == "(\(alias).\(column))"
                    if isOwn { continue }
                    widest = String(decoding: bytes[open..<end], as: UTF8.self)
                }
            }
            if let widest { return widest }
        }
        return nil
    }

    /// Whether it matches patterns, by LIKE or a regular expression.
    var matchesPattern: Bool {
        [" ~~ ", " ~~* ", " ~ ", " ~* ", " !~~ ", " !~ "].contains { text.contains($0) }
    }

    /// Whether it depends on more than constants and the relation with this alias: on a parameter, the result of a subquery,
    /// or a column of another relation.
    func varies(besides alias: String) -> Bool {
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            let start = index
            index = endOfToken(start, in: bytes)
            if bytes[start] == UInt8(ascii: "$") { return true }
            guard beginsName(start, in: bytes), index < bytes.count, bytes[index] == UInt8(ascii: "."),
                beginsName(index + 1, in: bytes)
            else { continue }
            let name = String(decoding: bytes[start..<index], as: UTF8.self)
            let isType = start > 0 && bytes[start - 1] == UInt8(ascii: ":")
            index = endOfToken(index + 1, in: bytes)
            let isFunction = index < bytes.count && bytes[index] == UInt8(ascii: "(")
            if name != alias, !isType, !isFunction { return true }
        }
        return false
    }

    /// Whether one of several conditions is enough.
    var isDisjunction: Bool { text.contains(" OR ") }

    // MARK: Scanning

    private func beginsName(_ place: Int, in bytes: [UInt8]) -> Bool {
        guard place < bytes.count else { return false }
        let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[place])
        return bytes[place] == UInt8(ascii: "\"") || isNameByte(bytes[place]) && !isDigit
    }

    /// The place after the literal, the name or the single byte that begins here.
    private func endOfToken(_ start: Int, in bytes: [UInt8]) -> Int {
        if bytes[start] == UInt8(ascii: "'") || bytes[start] == UInt8(ascii: "\"") {
            return endOfQuoted(start, in: bytes)
        }
        var end = start + 1
        while isNameByte(bytes[start]), end < bytes.count, isNameByte(bytes[end]) { end += 1 }
        return end
    }

    private func references(to alias: String) -> [(start: Int, column: String)] {
        let bytes = Array(text.utf8)
        let prefix = Array("\(alias).".utf8)
        var references: [(start: Int, column: String)] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "'") {
                index = endOfQuoted(index, in: bytes)
            } else if bytes[index...].starts(with: prefix), index == 0 || !isNameByte(bytes[index - 1]) {
                let start = index + prefix.count
                var end = start
                if end < bytes.count, bytes[end] == UInt8(ascii: "\"") {
                    end = endOfQuoted(end, in: bytes)
                } else {
                    while end < bytes.count, isNameByte(bytes[end]) { end += 1 }
                }
                references.append((index, String(decoding: bytes[start..<end], as: UTF8.self)))
                index = end
            } else if bytes[index] == UInt8(ascii: "\"") {
                index = endOfQuoted(index, in: bytes)
            } else {
                index += 1
            }
        }
        return references
    }

    /// The pairs around a place, innermost first.
    private func enclosingParentheses(of place: Int, in bytes: [UInt8]) -> [(open: Int, close: Int)] {
        var pairs: [(open: Int, close: Int)] = []
        var open: [Int] = []
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "'"), UInt8(ascii: "\""):
                index = endOfQuoted(index, in: bytes)
                continue
            case UInt8(ascii: "("): open.append(index)
            case UInt8(ascii: ")"):
                if let start = open.popLast(), start < place, place < index { pairs.append((start, index)) }
            default: break
            }
            index += 1
        }
        return pairs
    }

    private func startOfName(before open: Int, in bytes: [UInt8]) -> Int {
        var start = open
        while start > 0, isNameByte(bytes[start - 1]) || bytes[start - 1] == UInt8(ascii: ".") { start -= 1 }
        return start
    }

    /// Without parentheses around the whole.
    static func withoutParentheses(_ text: String) -> String {
        var bytes = Array(text.utf8)[...]
        while bytes.first == UInt8(ascii: "("), closing(of: bytes) == bytes.endIndex - 1 {
            bytes = bytes.dropFirst().dropLast()
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Where the parenthesis closes that the text begins with.
    private static func closing(of bytes: ArraySlice<UInt8>) -> Int? {
        var depth = 0
        var index = bytes.startIndex
        while index < bytes.endIndex {
            switch bytes[index] {
            case UInt8(ascii: "'"), UInt8(ascii: "\""):
                index = endOfQuoted(index, in: bytes)
                continue
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"):
                depth -= 1
                if depth == 0 { return index }
            default: break
            }
            index += 1
        }
        return nil
    }

    static func split(_ text: String, at word: String) -> [String] {
        let bytes = Array(text.utf8)
        var parts: [String] = []
        var (start, index, depth) = (0, 0, 0)
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "'"), UInt8(ascii: "\""):
                index = endOfQuoted(index, in: bytes)
                continue
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"): depth -= 1
            default: break
            }
            if depth == 0, bytes[index...].starts(with: word.utf8) {
                parts.append(String(decoding: bytes[start..<index], as: UTF8.self))
                index += word.utf8.count
                start = index
            } else {
                index += 1
            }
        }
        return parts + [String(decoding: bytes[start...], as: UTF8.self)]
    }
}
