// Hands the listening sockets over to another process, which replaces this one.

internal import CLinux
internal import Glibc

/// A process that was started to replace this one.
///
/// It gets the sockets by the protocol of sd_listen_fds(3), except for LISTEN_PID, which can't be known before the process
/// exists: MAPMUX_PREDECESSOR names its parent instead. The descriptor after the sockets is a pipe's end, into which it
/// writes when it serves.
package final class Successor {
    /// How its start has ended.
    package enum Outcome: Equatable {
        case serving
        /// It has ended, or was ended, without serving.
        case failed
    }

    package let process: Int32
    private let pipe: Descriptor

    /// Starts `program` with this process's environment.
    ///
    /// - Parameter sockets: those to hand over, with the names by which they came to this process; nil for its own.
    package init(
        program: String, arguments: [String], handing sockets: [(name: String?, socket: ListeningSocket)]
    ) throws(SystemError) {
        var ends: [Int32] = [0, 0]
        try systemCall("pipe") { unsafe Glibc.pipe(&ends) }
        let own = Descriptor(owning: ends[0])
        let other = Descriptor(owning: ends[1])
        try systemCall("fcntl") { [raw = own.raw] in fcntl(raw, F_SETFD, FD_CLOEXEC) }
        try systemCall("fcntl") { [raw = other.raw] in fcntl(raw, F_SETFD, FD_CLOEXEC) }
        try systemCall("fcntl") { [raw = own.raw] in fcntl(raw, F_SETFL, O_NONBLOCK) }

        let first = Int32(listenDescriptorsStart)
        // SwiftNIO opens sockets without O_CLOEXEC. If a successor inherited one unknowingly, it could not listen in that
        // place. Before Linux 5.11 this can't be done in one call.
        _ = close_range(UInt32(first), .max, closeRangeCloseOnExec)
        // Moved out of the way first, so that no copy overwrites a descriptor that is still to be copied.
        let spare = first + Int32(sockets.count) + 1
        var copies: [Int32] = []
        var files: [(descriptor: Int32, file: GivenFile)] = []
        defer { for copy in copies { close(copy) } }
        for raw in sockets.map(\.socket.descriptor) + [other.raw] {
            let copy = try systemCall("fcntl") { fcntl(raw, F_DUPFD_CLOEXEC, spare) }
            files.append((first + Int32(copies.count), .descriptor(copy)))
            copies.append(copy)
        }

        let names = sockets.map { given in
            given.name ?? ownSocketName + (given.socket.fileIdentity.map { ".\($0)" } ?? "")
        }.joined(separator: ":")
        let more = [
            "LISTEN_FDS=\(sockets.count)", "LISTEN_FDNAMES=\(names)", "MAPMUX_PREDECESSOR=\(getpid())",
        ]
        // The first variable of a name counts.
        process = try startProgram(
            program, arguments.map { Array($0.utf8) }, searchesPath: false, files: files,
            environment: more.map { Array($0.utf8) } + ownEnvironment())
        self.pipe = own
    }

    /// Readable when there is an outcome.
    package var descriptor: Int32 { pipe.raw }

    /// How its start has ended; nil as long as it is under way.
    package func outcome() -> Outcome? {
        var byte: UInt8 = 0
        switch unsafe read(pipe.raw, &byte, 1) {
        case 1: return .serving
        case -1 where errno == EAGAIN || errno == EINTR: return nil
        default:
            end()
            return .failed
        }
    }

    /// Ends it in any state.
    package func end() {
        kill(process, SIGKILL)
        _ = try? systemCall("waitpid") { waitpid(process, nil, 0) }
    }
}

/// The process that has started this one to be replaced by it.
package struct Predecessor: ~Copyable {
    private let pipe: Descriptor

    init(pipe: consuming Descriptor) {
        self.pipe = pipe
    }

    /// Tells it that it may end.
    package consuming func release() {
        _ = try? systemCall("write") { [raw = pipe.raw] in Int32(unsafe write(raw, [1], 1)) }
    }
}

/// CLOSE_RANGE_CLOEXEC of close_range(2).
private let closeRangeCloseOnExec: Int32 = 4
/// SD_LISTEN_FDS_START.
let listenDescriptorsStart = 3
/// The name of a socket that a predecessor has made. A dot and the identity of the socket's file follow it.
let ownSocketName = "mapmux-own"
