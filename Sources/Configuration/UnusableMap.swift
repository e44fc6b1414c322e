// Why a map can't be asked.

/// Errors of the configuration itself have been reported already.
package enum UnusableMap: Error, Equatable, CustomStringConvertible {
    case configuration
    /// The table's file can't be used.
    case table(map: String, TableTrouble)

    package var description: String {
        switch self {
        case .configuration: "the configuration has errors"
        case .table(let map, let trouble): "\(map) can't be asked: \(trouble.reason)"
        }
    }
}
