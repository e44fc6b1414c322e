// Listens on a Unix-domain socket, and accepts its clients.

internal import CLinux
internal import Glibc
package import LookupValues
internal import Synchronization

/// A listening socket. If it was made here, its file is removed with it, unless another process has put its own there.
///
/// After bind(2) nothing is done by the file's path: a user that may write to its directory could lead it elsewhere.
package final class ListeningSocket: Sendable {
    package let path: String
    private let socket: Descriptor
    /// Nil for a socket that was handed over, whose file is not this process's.
    private let file: (place: SocketPlace, made: SocketFile)?
    private let isHandedOver = Atomic(false)

    /// Listens on `path`. A socket file on which no process listens any more is replaced.
    package init(path: String, permissions: SocketPermissions) throws(ListenError) {
        self.path = path
        let place = try SocketPlace(path: path)
        let lock = try place.lock()
        defer { withExtendedLifetime(lock) {} }
        try place.clearStaleFile()
        do throws(SystemError) {
            socket = try makeSocket()
            // The file gets the socket's mode, less the umask.
            try systemCall("fchmod") { [raw = socket.raw] in fchmod(raw, permissions.mode) }
            try unsafe withAddress(of: path) { [raw = socket.raw] address, length throws(SystemError) in
                try systemCall("bind") { unsafe bind(raw, address, length) }
            }
        } catch {
            throw .system(error)
        }
        let made: SocketFile
        do throws(SystemError) {
            made = try place.find()
        } catch {
            throw error.meansAbsence ? .replaced : .system(error)
        }
        guard made.isSocket && made.isOwn else { throw .replaced }
        file = (place, made)
        do throws(ListenError) {
            // No client can connect before listen(2), so the permissions are right from the first one on.
            try Self.apply(permissions, to: made)
            do throws(SystemError) {
                try systemCall("listen") { [raw = socket.raw] in listen(raw, 65_535) }
            } catch {
                throw .system(error)
            }
        } catch {
            place.remove()
            throw error
        }
    }

    /// Takes over a listening socket, as systemd hands it over.
    ///
    /// - Parameters:
    ///   - ownsFile: whether its file is this process's from `takeFile` on.
    ///   - identity: the file's, if it is known. If another file has its place, that one is not this process's.
    /// - Throws: ENOTSOCK or the like if it is no Unix-domain socket with a path.
    package init(
        inherited socket: consuming Descriptor, ownsFile: Bool = false, identity: String? = nil
    ) throws(SystemError) {
        var address = sockaddr_un()
        var length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let raw = socket.raw
        try systemCall("getsockname") {
            unsafe withUnsafeMutablePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                    unsafe getsockname(raw, pointer, &length)
                }
            }
        }
        path = unsafe withUnsafeBytes(of: address.sun_path) { field in
            unsafe String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
        }
        guard address.sun_family == sa_family_t(AF_UNIX), !path.isEmpty else {
            throw SystemError(call: "getsockname", code: EAFNOSUPPORT)
        }
        try systemCall("fcntl") { fcntl(raw, F_SETFL, O_NONBLOCK) }
        try systemCall("fcntl") { fcntl(raw, F_SETFD, FD_CLOEXEC) }
        file = ownsFile ? Self.file(at: path, identity) : nil
        isHandedOver.store(true, ordering: .relaxed)
        self.socket = socket
    }

    deinit {
        removeFile()
    }

    /// The file that a predecessor has made; nil if another one is there now.
    private static func file(
        at path: String, _ identity: String?
    ) -> (place: SocketPlace, made: SocketFile)? {
        guard let place = try? SocketPlace(path: path), let made = try? place.find(),
            made.isSocket, identity == nil || identity == made.identity
        else { return nil }
        return (place, made)
    }

    /// The identity of the file, for a successor; nil if the file is not this process's.
    var fileIdentity: String? { file?.made.identity }

    /// Changes who may connect from now on, unless the file is another process's.
    ///
    /// - Returns: the permissions before; nil if nothing was changed.
    @discardableResult
    package func apply(_ permissions: SocketPermissions) throws(ListenError) -> FoundPermissions? {
        guard let file, !isInherited else { return nil }
        return try Self.apply(permissions, to: file.made)
    }

    /// Undoes `apply`.
    package func restore(_ found: FoundPermissions) {
        try? file?.made.setGroup(found.group)
        try? file?.made.setMode(found.mode)
    }

    /// Removes the file, so that another process can listen there, unless one already does. Clients that are waiting
    /// stay.
    package func removeFile() {
        if let file, !isInherited, file.place.has(file.made) { file.place.remove() }
    }

    /// Makes the file of a socket that a predecessor has handed over this process's own.
    package func takeFile() {
        isHandedOver.store(false, ordering: .relaxed)
    }

    /// Leaves the file, and the clients that wait to be accepted, to another process that listens on this socket.
    package func handOver() {
        isHandedOver.store(true, ordering: .relaxed)
    }

    /// Changes only what is wrong: a sandbox may forbid chown(2), which does not matter if the group is right.
    @discardableResult
    private static func apply(
        _ permissions: SocketPermissions, to file: SocketFile
    ) throws(ListenError) -> FoundPermissions? {
        let group = try permissions.group.map(groupIdentifier)
        do throws(SystemError) {
            let found = try file.permissions()
            if let group, group != found.group { try file.setGroup(group) }
            if permissions.mode != found.mode { try file.setMode(permissions.mode) }
            return found
        } catch {
            throw error.call.description == "fchownat" && error.code == EPERM
                ? .forbiddenGroup(permissions.group ?? "") : .system(error)
        }
    }

    package var descriptor: Int32 { socket.raw }

    /// Another descriptor of the socket, for the caller to close.
    package func duplicate() throws(SystemError) -> Int32 {
        try systemCall("fcntl") { [raw = socket.raw] in fcntl(raw, F_DUPFD_CLOEXEC, 0) }
    }

    /// Whether another process keeps it open, so that clients may wait there.
    package var isInherited: Bool { file == nil || isHandedOver.load(ordering: .relaxed) }

    /// The next client that waits, as a non-blocking socket; nil if there is none.
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

private let acceptedFlags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
