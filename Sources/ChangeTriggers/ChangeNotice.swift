// What a notification says of changes.

/// A notification's payload, as the triggers write it:
///
///     v1 16384 all
///     v1 16384 1:9f86d081884c7d65 5+6:0a1b2c3d4e5f6071
///
/// The second word is the table's OID. The others are keys, each a recipe's name and the first 8 bytes of the hash in
/// hexadecimal digits; there may be none. Any role may send anything on the channel.
package enum ChangeNotice: Equatable, Sendable {
    /// Rows of a relation have changed; keys nil: for any key. Whoever depends on the relation without a key must take it
    /// for a change, whatever the keys are.
    case changed(relation: UInt32, keys: [ChangedKey]?)
    /// It could not be understood, and counts as a change of everything.
    case unknown

    /// The channel's name.
    package static let channel = "mapmux"
    /// The longest payload that a trigger sends, in bytes; PostgreSQL takes 7,999: see Async_Notify().
    static let longestPayload = 7_900
    /// How each payload begins. That of a beat begins otherwise.
    static let version = "v1"

    /// - Parameter payload: of a notification on the channel that is no beat.
    package init(_ payload: String) {
        self = .unknown
        let words = payload.utf8.count <= Self.longestPayload ? payload.split(separator: " ") : []
        guard words.count >= 2, words[0] == Self.version, let relation = UInt32(words[1]) else { return }
        if words.count == 3, words[2] == "all" {
            self = .changed(relation: relation, keys: nil)
            return
        }
        let keys = words[2...].compactMap { ChangedKey($0) }
        if keys.count == words.count - 2 { self = .changed(relation: relation, keys: keys) }
    }
}

/// A key for which rows have changed.
package struct ChangedKey: Equatable, Sendable {
    package let recipe: KeyRecipe
    /// The first 8 bytes of the hash, as a number.
    package let hash: UInt64

    package init(recipe: KeyRecipe, hash: UInt64) {
        self.recipe = recipe
        self.hash = hash
    }

    fileprivate init?(_ word: Substring) {
        let halves = word.split(separator: ":", omittingEmptySubsequences: false)
        guard halves.count == 2, let recipe = KeyRecipe(name: halves[0]), halves[1].utf8.count == 16,
            halves[1].allSatisfy(\.isHexDigit), let hash = UInt64(halves[1], radix: 16)
        else { return nil }
        self.init(recipe: recipe, hash: hash)
    }
}
