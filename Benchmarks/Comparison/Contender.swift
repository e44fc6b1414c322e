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
        case .proxymap: "Postfix proxymap(8)"
        case .pgbouncer: "PgBouncer, transactions"
        case .direct: "direct, as pgsql:"
        }
    }
}
