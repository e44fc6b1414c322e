// The parameter `map_parameters`: in which of Postfix's parameters each map stands.

/// `NAME=PARAMETER[,PARAMETER…] …`, between blanks and commas: a word without `=` goes on with the map before it.
package enum MapParameters {
    /// The entries in their order, with whatever names they have. Words before the first map have the map "".
    ///
    /// A map's name may have a `=` itself, a parameter's has none.
    package static func entries(_ text: String) -> [(map: String, names: [String])] {
        var entries: [(map: String, names: [String])] = []
        for word in ParameterValue.words(text) {
            if let equals = word.lastIndex(of: "=") {
                entries.append((String(word[..<equals]), [String(word[word.index(after: equals)...])]))
            } else if entries.isEmpty {
                entries.append(("", [word]))
            } else {
                entries[entries.count - 1].names.append(word)
            }
        }
        return entries
    }
}
