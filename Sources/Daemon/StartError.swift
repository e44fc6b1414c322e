// Why a daemon does not start.

package import EventLoop

/// Why the daemon can't start. Errors of the configuration itself have been reported already.
package enum StartError: Error, CustomStringConvertible {
    case configuration
    case socket(path: String, ListenError)
    case status(place: String, reason: String)
    case system(SystemError)

    package var description: String {
        switch self {
        case .configuration: "the configuration has errors"
        case .socket(let path, let error): "can't listen on \(path): \(error)"
        case .status(let place, let reason): "the status can't be served at \(place): \(reason)"
        case .system(let error): error.description
        }
    }
}
