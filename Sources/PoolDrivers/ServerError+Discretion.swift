// What may be shown of a server's error in places where no key may be: in the log above debug, in statistics, on the page.

internal import PostgreSQL

extension ServerError {
    /// The classes of SQLSTATE whose messages name parts of the query and the schema, and contain no data.
    private static let namingClasses: Set<String> = [
        "08", "0A", "25", "26", "28", "34", "3D", "3F", "40", "42", "53", "54", "55", "57", "58",
    ]
    /// The classes whose messages contain data in double quotes only.
    private static let quotingClasses: Set<String> = ["21", "22"]
    /// Stands for what was taken out.
    private static let cut = "…"
    /// Shorter parts of a key may be words of any message.
    private static let shortestPart = 3

    /// The message without any part of the key that was asked for: a function may raise any text, and SQL that it puts
    /// together may fail with a key as a name.
    func discreetText(asked key: [UInt8]) -> String {
        let sqlStateClass = String(sqlState.prefix(2))
        if Self.namingClasses.contains(sqlStateClass) { return Self.without(key, in: message) }
        guard Self.quotingClasses.contains(sqlStateClass) else {
            return "not shown, as it may hold a key: see log_level"
        }
        var text = ""
        var isQuoted = false
        for character in message {
            if character != "\"" {
                if !isQuoted { text.append(character) }
                continue
            }
            isQuoted.toggle()
            text += isQuoted ? "\"\(Self.cut)" : "\""
        }
        return Self.without(key, in: text)
    }

    /// Takes out the key and its parts, in upper or lower case.
    private static func without(_ key: [UInt8], in message: String) -> String {
        let whole = String(decoding: key, as: UTF8.self)
        let parts = whole.split { !$0.isLetter && !$0.isNumber }.map(String.init)
        var text = message
        for part in [whole] + parts where part.count >= shortestPart {
            text = text.replacing(part, ignoringCaseWith: cut)
        }
        return text
    }
}

extension String {
    /// The text with `replacement` for every occurrence of `part` that stands by itself, not inside a longer word.
    fileprivate func replacing(_ part: String, ignoringCaseWith replacement: String) -> String {
        let text = Array(self)
        let lowered = text.map { $0.lowercased() }
        let wanted = part.map { $0.lowercased() }
        func isWord(_ character: Character) -> Bool {
            character.isLetter || character.isNumber || character == "_"
        }
        var result = ""
        var index = 0
        while index < text.count {
            let end = index + wanted.count
            let isHere =
                end <= text.count && lowered[index..<end].elementsEqual(wanted)
                && (index == 0 || !isWord(text[index - 1]) || !isWord(text[index]))
                && (end == text.count || !isWord(text[end]) || !isWord(text[end - 1]))
            if isHere {
                result += replacement
                index = end
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }
}
