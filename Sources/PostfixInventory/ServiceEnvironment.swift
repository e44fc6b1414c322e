// The environment that systemd gives a service, as systemd.exec(5) reads it from units and from the files that they name.

extension ServiceUnit {
    /// The assignments of `Environment=`, in order: the last one of a name counts.
    ///
    /// - Parameter texts: the unit, and behind it its drop-ins in the order that they count in.
    package func environment(in texts: [String]) -> [(name: String, value: String)] {
        Self.values(of: "Environment", in: texts).flatMap { line in
            Self.words(line).compactMap { Self.assignment(expandingSpecifiers($0)) }
        }
    }

    /// The files of `EnvironmentFile=`, whose assignments come after those of `Environment=`.
    package func environmentFiles(in texts: [String]) -> [String] {
        Self.values(of: "EnvironmentFile", in: texts).map {
            expandingSpecifiers($0.hasPrefix("-") ? String($0.dropFirst()) : $0)
        }
    }

    /// The assignments of such a file: one a line, comments begin with `#` or `;`.
    package static func assignments(inFile text: String) -> [(name: String, value: String)] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            let line = line.trimmingBlanks
            guard let first = line.first, first != "#", first != ";", let equals = line.firstIndex(of: "=")
            else {
                return nil
            }
            let value = words(line[line.index(after: equals)...].trimmingBlanks).joined(separator: " ")
            return assignment(line[..<equals].trimmingBlanks + "=" + value)
        }
    }

    /// `%i` and `%I` are the instance, `%n` the unit, `%%` a percent sign; other specifiers stay as they are.
    private func expandingSpecifiers(_ text: String) -> String {
        var expanded = ""
        var isSpecifier = false
        for character in text {
            if isSpecifier {
                switch character {
                case "i", "I": expanded += instance ?? ""
                case "n": expanded += name
                case "%": expanded += "%"
                default: expanded += "%\(character)"
                }
                isSpecifier = false
            } else if character == "%" {
                isSpecifier = true
            } else {
                expanded.append(character)
            }
        }
        return isSpecifier ? expanded + "%" : expanded
    }

    private static func assignment(_ text: String) -> (name: String, value: String)? {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else { return nil }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }

    /// The words between blanks, without quotes. A character after a backslash stays as it is, without the backslash.
    private static func words(_ text: some StringProtocol) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in text {
            if isEscaped {
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == quote {
                quote = nil
            } else if quote == nil, character == "\"" || character == "'" {
                quote = character
                word = word ?? ""
            } else if quote == nil, character == " " || character == "\t" {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if let done = word { words.append(done) }
        return words
    }
}
