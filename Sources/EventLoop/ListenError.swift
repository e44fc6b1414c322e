// Why a process can't listen on a socket.

/// Why a socket can't be listened on.
package enum ListenError: Error, Equatable, CustomStringConvertible {
    /// A process accepts connections there already.
    case inUse
    /// Something that is not a socket has this name.
    case notASocket
    /// The name is longer than sockaddr_un holds: 107 bytes.
    case pathTooLong
    case unknownGroup(String)
    /// This process may not give a file to that group.
    case forbiddenGroup(String)
    /// This process runs as root, and any user may change the files in this directory.
    case openDirectory(String, mode: String)
    /// The file that keeps other processes from making the same socket can't be made, or has been held for a second.
    case lock(String, SystemError)
    case locked(String)
    /// The file that is there after bind(2) is not the one that this process has made.
    case replaced
    case system(SystemError)

    package var description: String {
        switch self {
        case .inUse: "another process is listening on it"
        case .notASocket: "a file that is not a socket is in the way"
        case .pathTooLong: "the path is longer than the 107 bytes that a socket address holds"
        case .unknownGroup(let name): "there is no group \(name)"
        case .forbiddenGroup(let name):
            "it can't be given to group \(name); expected the process's own group, or a directory with that group and the "
                + "set-group-ID bit"
        case .openDirectory(let path, let mode):
            "\(path) has mode \(mode), with which any user may put a socket of its own there; expected one that others may "
                + "not write to, or with the sticky bit, as this process is root's"
        case .lock(let path, let error):
            "its lock \(path) can't be taken: \(error); expected a directory in which this process may make files"
        case .locked(let path):
            "another process has held its lock \(path) for a second; expected it to listen, or to end"
        case .replaced:
            "its directory, or the socket itself, was replaced while it was made; expected nobody else to change it"
        case .system(let error): error.description
        }
    }
}
