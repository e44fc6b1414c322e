// Who is compared: each way to have Postfix's lookups answered from PostgreSQL, and the yardsticks.

import LoadEngine

enum Contender: String, CaseIterable, Codable {
    case mapmux
    case mapmuxProxymap = "mapmux-proxymap"
    case mapmuxCacheTime = "mapmux-cache-time"
    case mapmuxCacheNotified = "mapmux-cache-notified"
    /// Whose tables' `domain` leaves every key out, so that it asks for nothing.
    case mapmuxFiltered = "mapmux-filtered"
    case responder
    case ceiling
    case proxymap
    case pgbouncer
    case direct

    var title: String {
        switch self {
        case .mapmux: "mapmux, socketmap"
        case .mapmuxProxymap: "mapmux, proxymap"
        case .mapmuxCacheTime: "mapmux, cache by time (2s)"
        case .mapmuxCacheNotified: "mapmux, cache by notification"
        case .mapmuxFiltered: "mapmux, every key filtered"
        case .responder: "bare responder"
        case .ceiling: "C ceiling"
        case .proxymap: "Postfix's proxymap(8)"
        case .pgbouncer: "PgBouncer"
        case .direct: "direct, as pgsql: does"
        }
    }

    /// What the ratios to it are called; nil: nothing is divided by what it has, or the table has a column of its own for it.
    var ratioTitle: String? {
        switch self {
        case .mapmux: "of mapmux"
        case .mapmuxFiltered: "of filtered keys"
        case .responder: "of the responder"
        case .proxymap: "of proxymap(8)"
        case .mapmuxProxymap, .mapmuxCacheTime, .mapmuxCacheNotified, .ceiling, .pgbouncer, .direct: nil
        }
    }

    /// How long a mapmux keeps answers, as `cache` has it; nil: it does not.
    var keeping: String? {
        switch self {
        case .mapmuxCacheTime: "2s"
        case .mapmuxCacheNotified: "notified"
        case .mapmux, .mapmuxProxymap, .mapmuxFiltered: nil
        case .responder, .ceiling, .proxymap, .pgbouncer, .direct: nil
        }
    }

    /// Whether it asks a database.
    var asksDatabase: Bool { self != .mapmuxFiltered && self != .responder }

    /// Whose daemon answers it; nil: no mapmux does.
    var daemon: Contender? {
        switch self {
        case .mapmux, .mapmuxProxymap: .mapmux
        case .mapmuxFiltered, .mapmuxCacheTime, .mapmuxCacheNotified: self
        case .responder, .ceiling, .proxymap, .pgbouncer, .direct: nil
        }
    }

    /// Whether it is compared under a workload. Those that ask no database take the same for any key.
    func takesPart(in workload: WorkloadKind) -> Bool {
        switch workload {
        case .unique: asksDatabase
        case .mailmix: true
        case .hot: self == .mapmux || keeping != nil || !asksDatabase
        }
    }
}
