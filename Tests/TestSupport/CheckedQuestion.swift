// A lookup whose answer tells which key and version it is of, and from which edition of its table.

package struct CheckedQuestion: Sendable {
    package let map: String
    package let key: String
    /// The key's number in the ledger; nil: nothing may ever be found.
    package let number: Int?
    /// What the table puts before the value.
    package let prefix: String
    /// Nil: `key` alone is asked for. Else a key, not found, whose search leads to `key`: a socketmap client asks for it
    /// instead, a proxymap client before.
    package let opening: String?
    /// The table's number in the ledger of editions, where its values end with `#` and the number of the edition.
    package let edition: Int?
    /// Nanoseconds that the answer may be older than the question: the bound of the table, if its answers are kept.
    package let age: Int64

    package init(
        map: String, key: String, after opening: String? = nil, number: Int?, prefix: String = "",
        edition: Int? = nil, age: Int64 = 0
    ) {
        self.map = map
        self.key = key
        self.opening = opening
        self.number = number
        self.prefix = prefix
        self.edition = edition
        self.age = age
    }

    /// The question with the first key of its search.
    var asOneSearch: CheckedQuestion {
        CheckedQuestion(
            map: map, key: opening ?? key, number: number, prefix: prefix, edition: edition, age: age)
    }

    /// The question that comes before it, if it is a step of a search.
    var firstStep: CheckedQuestion? {
        opening.map { CheckedQuestion(map: map, key: $0, number: nil) }
    }

    /// Reads a value; nil: it is none of this table's.
    func read(_ text: String) -> (answer: VersionLedger.Answer, edition: Int?)? {
        guard text.hasPrefix(prefix) else { return nil }
        let rest = text.dropFirst(prefix.count)
        guard edition != nil else { return VersionedValue.read(rest).map { ($0, nil) } }
        guard let sign = rest.lastIndex(of: "#"), let number = Int(rest[sign...].dropFirst()) else {
            return nil
        }
        return VersionedValue.read(rest[..<sign]).map { ($0, number) }
    }
}

/// What the database holds for a key: `box12.v7@store.example.net`.
package enum VersionedValue {
    private static let end = "@store.example.net"

    package static func text(key: Int, version: Int) -> String { "box\(key).v\(version)\(end)" }

    static func read(_ text: Substring) -> VersionLedger.Answer? {
        guard text.hasPrefix("box"), text.hasSuffix(end) else { return nil }
        let parts = text.dropFirst(3).dropLast(end.count).split(
            separator: ".v", omittingEmptySubsequences: false)
        guard parts.count == 2, let key = Int(parts[0]), let version = Int(parts[1]) else { return nil }
        return .version(version, ofKey: key)
    }
}
