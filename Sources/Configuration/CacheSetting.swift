// What `cache` and `stale_while_down` say about one map.

internal import LookupTables

/// How long a map's answers are kept.
package struct CacheSetting: Equatable, Sendable {
    /// In milliseconds after a query was sent; nil: not by time.
    package var bound: Int?
    /// Whether until a change is notified.
    package var isNotified = false
    /// Whether it was written with a `!`: an old answer may let in what was revoked, and that is wanted.
    package var isDeliberate = false

    /// In milliseconds: a day, and a week for what is given while the database is away.
    private static let longest = 86_400_000
    private static let longestStale = 604_800_000

    /// Reads `MAP=5s MAP=notified MAP=notified/5s MAP!=2s …`; nil if it is not valid.
    static func list(_ text: String) -> [String: CacheSetting]? {
        entries(text) { value, setting in
            var rest = value[...]
            if rest == "notified" || rest.hasPrefix("notified/") {
                setting.isNotified = true
                rest = rest.dropFirst("notified".count)
                if rest.isEmpty { return true }
                rest = rest.dropFirst()
            }
            setting.bound = bound(String(rest), longest)
            return setting.bound != nil
        }
    }

    /// Reads `MAP=1h MAP!=1h …`; nil if it is not valid.
    static func staleList(_ text: String) -> [String: CacheSetting]? {
        entries(text) { value, setting in
            setting.bound = bound(value, longestStale)
            return setting.bound != nil
        }
    }

    private static func bound(_ text: String, _ longest: Int) -> Int? {
        ParameterValue.milliseconds(text).flatMap { (1...longest).contains($0) ? $0 : nil }
    }

    private static func entries(
        _ text: String, _ read: (String, inout CacheSetting) -> Bool
    ) -> [String: CacheSetting]? {
        var settings: [String: CacheSetting] = [:]
        for word in ParameterValue.words(text) {
            // A map's name may have a `=` itself.
            guard let equals = word.lastIndex(of: "=") else { return nil }
            var name = word[..<equals]
            var setting = CacheSetting()
            if name.hasSuffix("!") {
                setting.isDeliberate = true
                name.removeLast()
            }
            guard !name.isEmpty, settings[String(name)] == nil,
                read(String(word[word.index(after: equals)...]), &setting)
            else { return nil }
            settings[String(name)] = setting
        }
        return settings
    }
}
