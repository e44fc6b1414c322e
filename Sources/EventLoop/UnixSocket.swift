// Unix-domain stream sockets: listening, accepting, and moving bytes.

internal import CLinux
internal import Glibc

/// The mode and group that a listening socket's file gets.
package struct SocketPermissions: Equatable, Sendable {
    /// As in chmod(2): 0o660, for instance.
    package var mode: UInt32
    /// The name of a group; nil leaves the process's.
    package var group: String?

    package init(mode: UInt32, group: String?) {
        self.mode = mode
        self.group = group
    }
}

/// Why a socket can't be listened on.
package enum ListenError: Error, Equatable, CustomStringConvertible {
    /// A process accepts connections there already.
    case inUse
    /// Something that is not a socket has this name.
    case notASocket
    /// The name is longer than sockaddr_un holds: 107 bytes.
    case pathTooLong
    case unknownGroup(String)
    case system(SystemError)

    package var description: String {
        switch self {
        case .inUse: "another process is listening on it"
        case .notASocket: "a file that is not a socket is in the way"
        case .pathTooLong: "the path is longer than the 107 bytes that a socket address holds"
        case .unknownGroup(let name): "there is no group \(name)"
        case .system(let error): error.description
        }
    }
}

/// A listening socket and its file, which is removed with it unless another process has put its own there.
package final class ListeningSocket: Sendable {
    package let path: String
    private let socket: Descriptor
    private let file: FileIdentity

    /// Listens on `path`. A socket file that nobody listens on any more is replaced.
    package init(path: String, permissions: SocketPermissions) throws(ListenError) {
        self.path = path
        try Self.clearStaleFile(at: path)
        do throws(SystemError) {
            socket = try makeSocket()
            try unsafe withAddress(of: path) { [raw = socket.raw] address, length throws(SystemError) in
                try systemCall("bind") { unsafe bind(raw, address, length) }
            }
        } catch {
            throw error.code == ENAMETOOLONG ? .pathTooLong : .system(error)
        }
        do throws(ListenError) {
            // Nobody gets in before listen(2), so the permissions are right from the first client on.
            try Self.apply(permissions, to: path)
            do throws(SystemError) {
                try systemCall("listen") { [raw = socket.raw] in listen(raw, 65_535) }
                file = try FileIdentity(of: path)
            } catch {
                throw .system(error)
            }
        } catch {
            _ = unsafe unlink(path)
            throw error
        }
    }

    deinit {
        removeFile()
    }

    /// Changes who may connect from now on.
    package func apply(_ permissions: SocketPermissions) throws(ListenError) {
        try Self.apply(permissions, to: path)
    }

    /// Takes the name away, so that another process can listen on it, unless one already does. Clients that are
    /// waiting stay.
    package func removeFile() {
        if (try? FileIdentity(of: path)) == file { _ = unsafe unlink(path) }
    }

    private static func apply(_ permissions: SocketPermissions, to path: String) throws(ListenError) {
        let group = try permissions.group.map(groupIdentifier)
        do throws(SystemError) {
            if let group {
                try systemCall("chown") { unsafe chown(path, .max, group) }
            }
            try systemCall("chmod") { unsafe chmod(path, permissions.mode) }
        } catch {
            throw .system(error)
        }
    }

    package var descriptor: Int32 { socket.raw }

    /// The next client that waits, as a non-blocking socket; nil when there is none.
    ///
    /// - Throws: EMFILE or ENFILE when the process or the system has no descriptor left, ENOBUFS or ENOMEM; the client
    ///   goes on waiting.
    package func accept() throws(SystemError) -> Descriptor? {
        do {
            let raw = try systemCall("accept4") {
                accept4(socket.raw, nil, nil, acceptedFlags)
            }
            return Descriptor(owning: raw)
        } catch {
            switch error.code {
            case EAGAIN, ECONNABORTED: return nil
            default: throw error
            }
        }
    }

    private static func clearStaleFile(at path: String) throws(ListenError) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket }
        do {
            _ = try connectToSocket(at: path)
        } catch {
            // Only a refusal says that nobody listens; any other failure (a full backlog, no permission) does not.
            guard error.code == ECONNREFUSED else { throw .inUse }
            _ = unsafe unlink(path)
            return
        }
        throw .inUse
    }
}

/// Whether the system has a group with this name.
package func groupExists(_ name: String) -> Bool {
    (try? groupIdentifier(of: name)) != nil
}

/// The number of the group with this name, by getgrnam(3).
private func groupIdentifier(of name: String) throws(ListenError) -> gid_t {
    guard let group = unsafe getgrnam(name) else { throw .unknownGroup(name) }
    return unsafe group.pointee.gr_gid
}

/// Tells whether a path still leads to the same file.
private struct FileIdentity: Equatable {
    let device: UInt
    let inode: UInt

    init(of path: String) throws(SystemError) {
        var status = stat()
        try systemCall("lstat") { unsafe lstat(path, &status) }
        device = status.st_dev
        inode = status.st_ino
    }
}

/// A connection to the socket at `path`, non-blocking.
package func connectToSocket(at path: String) throws(SystemError) -> Descriptor {
    let socket = try makeSocket()
    try unsafe withAddress(of: path) { address, length throws(SystemError) in
        try systemCall("connect") { [raw = socket.raw] in unsafe connect(raw, address, length) }
    }
    return socket
}

/// Two connected sockets, non-blocking.
package func makeSocketPair() throws(SystemError) -> SocketPair {
    var raw: [Int32] = [-1, -1]
    try systemCall("socketpair") {
        unsafe socketpair(AF_UNIX, streamType, 0, &raw)
    }
    return SocketPair(one: Descriptor(owning: raw[0]), other: Descriptor(owning: raw[1]))
}

package struct SocketPair: ~Copyable {
    package let one: Descriptor
    package let other: Descriptor

    /// Gives both ends away.
    package consuming func take() -> (raw: Int32, otherRaw: Int32) {
        (one.release(), other.release())
    }
}

/// Receives what has come, at most as much as `buffer` holds.
package func receive(from descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
    transfer { unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0) }
}

/// Sends as much of `bytes` as the socket takes now. A broken connection raises no SIGPIPE.
package func send(_ bytes: Span<UInt8>, to descriptor: Int32) -> Transfer {
    unsafe bytes.withUnsafeBytes { buffer in
        transfer { unsafe Glibc.send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL)) }
    }
}

private let acceptedFlags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
private let streamType = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)

private func makeSocket() throws(SystemError) -> Descriptor {
    Descriptor(owning: try systemCall("socket") { socket(AF_UNIX, streamType, 0) })
}

private func withAddress(
    of path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws(SystemError) -> Void
) throws(SystemError) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let fits = unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in
        guard path.utf8.count < field.count else { return false }
        unsafe field.copyBytes(from: path.utf8)
        return true
    }
    guard fits else { throw SystemError(call: "bind", code: ENAMETOOLONG) }
    try unsafe withUnsafePointer(to: &address) { pointer throws(SystemError) in
        try unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer throws(SystemError) in
            try unsafe body(pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}
