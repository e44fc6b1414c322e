// Who is compared with whole mails: each way to have a relay's lookups answered from PostgreSQL.

enum MailContender: String, CaseIterable, Codable {
    /// `proxy:pgsql:` with Postfix's own proxymap(8).
    case stock
    /// `memcache:` with that behind it.
    case memcache
    case proxymap = "mapmux-proxymap"
    case cacheTime = "mapmux-cache-time"
    case cacheNotified = "mapmux-cache-notified"
    case readAhead = "mapmux-read-ahead"
    case socketmap = "mapmux-socketmap"

    var title: String {
        switch self {
        case .stock: "stock, proxymap(8)"
        case .memcache: "memcache before proxymap(8)"
        case .proxymap: "mapmux, proxymap"
        case .cacheTime: "mapmux, proxymap, cache by time (2s)"
        case .cacheNotified: "mapmux, proxymap, cache by notification"
        case .readAhead: "mapmux, proxymap, read-ahead"
        case .socketmap: "mapmux, socketmap with search"
        }
    }

    /// Whether a mapmux answers its lookups, and not Postfix's own proxymap(8).
    var isMapmux: Bool { self != .stock && self != .memcache }

    /// Whether the order in which Postfix asks is known to mapmux.
    var knowsParameters: Bool { self == .readAhead || self == .socketmap }

    /// Whether it keeps answers, so that it takes some messages until it is what it is in the long run.
    var keepsAnswers: Bool { self == .memcache || keeping != nil }

    /// How long mapmux keeps answers, as `cache` has it; nil: it does not.
    var keeping: String? {
        switch self {
        case .cacheTime: "2s"
        case .cacheNotified: "notified"
        case .stock, .memcache, .proxymap, .readAhead, .socketmap: nil
        }
    }

    /// Tells the connections apart in PostgreSQL.
    var role: String { rawValue.replacing("-", with: "_") }
}
