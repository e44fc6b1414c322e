// How a key is told apart from the rest of a plan's conditions.

/// How the key shows in a plan.
package enum KeyMarks: Equatable, Sendable {
    /// As `$1` and so on.
    case parameters
    /// As one of these texts in a literal.
    case texts([String])

    func areIn(_ condition: String) -> Bool {
        switch self {
        case .texts(let texts): return texts.contains { condition.contains($0) }
        case .parameters:
            let bytes = Array(condition.utf8)
            var index = 0
            while index + 1 < bytes.count {
                if bytes[index] == UInt8(ascii: "'") || bytes[index] == UInt8(ascii: "\"") {
                    index = endOfQuoted(index, in: bytes)
                    continue
                }
                let digits = UInt8(ascii: "1")...UInt8(ascii: "9")
                if bytes[index] == UInt8(ascii: "$"), digits.contains(bytes[index + 1]) { return true }
                index += 1
            }
            return false
        }
    }
}
