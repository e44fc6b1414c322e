// The `%` expansions that pgsql_table(5) knows.

/// A `%` expansion other than `%%`.
struct Placeholder: Equatable {
    enum Part: Equatable {
        /// `%s`
        case whole
        /// `%u`: before the last `@`, or everything without one.
        case localPart
        /// `%d`: after the last `@`.
        case domain
        /// `%1` to `%9`: a label of the domain, counted from the right.
        case label(Int)
    }

    let part: Part
    /// True for `%S`, `%U`, `%D` and `%1` to `%9`, which mean the key in `result_format` too. In `query`
    /// there is only the key.
    let isAlwaysOfKey: Bool

    /// The placeholder `%` and that character, if there is one; see db_common_parse().
    init?(_ letter: Unicode.Scalar) {
        switch letter {
        case "s", "S": part = .whole
        case "u", "U": part = .localPart
        case "d", "D": part = .domain
        case "1"..."9": part = .label(Int(letter.value - ("0" as Unicode.Scalar).value))
        default: return nil
        }
        isAlwaysOfKey = !("a"..."z").contains(letter)
    }
}

/// One element of a template's text.
enum TemplateElement: Equatable {
    case byte(UInt8)
    case placeholder(Placeholder)

    /// Resolves the `%` of a template, `%%` to a plain `%`, before anything else looks at the text: just as
    /// PostgreSQL sees a query only after Postfix has expanded it.
    static func parse(_ text: String) throws(TemplateError) -> [TemplateElement] {
        var elements: [TemplateElement] = []
        elements.reserveCapacity(text.utf8.count)
        var scalars = text.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            guard scalar == "%" else {
                elements += UTF8.encode(scalar)!.map { .byte($0) }
                continue
            }
            guard let letter = scalars.next() else { throw .unknownExpansion("%") }
            if letter == "%" {
                elements.append(.byte(UInt8(ascii: "%")))
            } else if let placeholder = Placeholder(letter) {
                elements.append(.placeholder(placeholder))
            } else {
                throw .unknownExpansion("%\(letter)")
            }
        }
        return elements
    }
}
