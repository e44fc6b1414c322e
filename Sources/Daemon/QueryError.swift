// Why `mapmux query` can't ask.

package import Configuration
package import EventLoop

package enum QueryError: Error, CustomStringConvertible {
    case map(UnusableMap)
    case system(SystemError)

    package var description: String {
        switch self {
        case .map(let error): error.description
        case .system(let error): error.description
        }
    }
}
