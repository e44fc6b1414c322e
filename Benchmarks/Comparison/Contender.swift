// Who is compared: each way to have Postfix's lookups answered from PostgreSQL, and the yardstick.

enum Contender: String, CaseIterable, Codable {
    case mapmux
    case mapmuxProxymap = "mapmux-proxymap"
    case ceiling
    case proxymap
    case pgbouncer
    case direct

    var title: String {
        switch self {
        case .mapmux: "mapmux, socketmap"
        case .mapmuxProxymap: "mapmux, proxymap"
        case .ceiling: "C ceiling"
        case .proxymap: "Postfix's proxymap(8)"
        case .pgbouncer: "PgBouncer"
        case .direct: "direct, as pgsql: does"
        }
    }
}
