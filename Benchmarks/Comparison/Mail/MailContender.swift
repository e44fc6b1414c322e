// Who is compared with whole mails: each way to have a relay's lookups answered from PostgreSQL.

enum MailContender: String, CaseIterable, Codable {
    /// `proxy:pgsql:` with Postfix's own proxymap(8).
    case stock
    case proxymap = "mapmux-proxymap"

    var title: String {
        switch self {
        case .stock: "stock, proxymap(8)"
        case .proxymap: "mapmux, proxymap"
        }
    }

    /// Tells the connections apart in PostgreSQL.
    var role: String { rawValue.replacing("-", with: "_") }
}
