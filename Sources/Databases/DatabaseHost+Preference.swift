// The order in which hosts are tried.

package import LookupTables

extension DatabaseHost {
    /// Which hosts Postfix tries before others, by dict_pgsql_get_active(): lower is earlier.
    package var preference: Int {
        switch self {
        case .unix: 0
        case .tcp: 1
        case .uri: 2
        }
    }
}
