// Sockets that systemd or a predecessor has opened for the daemon, by the protocol of sd_listen_fds(3).

internal import CLinux
internal import Glibc

/// A socket that was handed over.
package struct InheritedSocket: Sendable {
    /// Its name in its unit (FileDescriptorName=); nil for one that a predecessor has made.
    package let name: String?
    package let socket: ListeningSocket
}

/// More sockets than any unit has. With so many, the greatest number that a descriptor can have is not reached.
private let mostDescriptors: Int32 = 65_536

/// Takes over the sockets that LISTEN_FDS counts, if they are for this process by LISTEN_PID or a predecessor. To be
/// called once. Children don't see the variables any more.
///
/// - Parameter predecessor: is set to the process to be told when this one serves.
/// - Throws: the error of a descriptor.
package func takeInheritedSockets(
    from predecessor: inout Predecessor?
) throws(SystemError) -> [InheritedSocket] {
    func variable(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
    let process = variable("LISTEN_PID")
    // Any other number counts as none.
    let count =
        variable("LISTEN_FDS").flatMap { Int32($0) }.flatMap { 0...mostDescriptors ~= $0 ? $0 : nil } ?? 0
    let names = (variable("LISTEN_FDNAMES") ?? "").split(separator: ":", omittingEmptySubsequences: false)
    let isSuccessor = variable("MAPMUX_PREDECESSOR") == String(getppid())
    for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "MAPMUX_PREDECESSOR"] { unsafe unsetenv(name) }
    guard isSuccessor || process == String(getpid()), count > 0 || isSuccessor else { return [] }
    let first = Int32(listenDescriptorsStart)
    if isSuccessor {
        predecessor = Predecessor(pipe: try handedOver(first + count))
    }
    var sockets: [InheritedSocket] = []
    for index in 0..<count {
        let name = Int(index) < names.count ? String(names[Int(index)]) : ""
        let isOwn = isSuccessor && name.hasPrefix(ownSocketName)
        let identity = name.dropFirst(ownSocketName.count + 1)
        let socket = try ListeningSocket(
            inherited: handedOver(first + index), ownsFile: isOwn,
            identity: identity.isEmpty ? nil : String(identity))
        sockets.append(InheritedSocket(name: isOwn ? nil : name, socket: socket))
    }
    return sockets
}

/// A descriptor that this process has from its beginning, not to be handed on.
///
/// - Throws: EBADF if there is none, or if this process has made it, as FD_CLOEXEC shows: then LISTEN_FDS is too great.
private func handedOver(_ number: Int32) throws(SystemError) -> Descriptor {
    let flags = try systemCall("fcntl") { fcntl(number, F_GETFD) }
    guard flags & FD_CLOEXEC == 0 else { throw SystemError(call: "fcntl", code: EBADF) }
    let descriptor = Descriptor(owning: number)
    try systemCall("fcntl") { [raw = descriptor.raw] in fcntl(raw, F_SETFD, FD_CLOEXEC) }
    return descriptor
}
