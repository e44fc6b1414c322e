// The one place where a kernel call's -1 becomes a Swift error and EINTR becomes another try.

internal import CLinux
internal import Glibc

/// A failed kernel call: its name, and the errno(3) that it left.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    package let call: StaticString
    package let code: Int32

    package init(call: StaticString, code: Int32) {
        self.call = call
        self.code = code
    }

    /// Whether the same call may succeed later: a full listen backlog, a lack of memory or of processes (EAGAIN).
    package var isTemporary: Bool { code == EAGAIN }

    /// Whether it failed because a file is there already (EEXIST).
    package var meansExistence: Bool { code == EEXIST }

    /// Whether it failed because there is no such file (ENOENT).
    package var meansAbsence: Bool { code == ENOENT }

    /// Whether the process may not do it (EACCES, EPERM).
    package var isDenial: Bool { code == EACCES || code == EPERM }

    package var description: String {
        unsafe "\(call): \(String(cString: strerror(code)))"
    }

    package static func == (left: SystemError, right: SystemError) -> Bool {
        left.code == right.code && left.call.description == right.call.description
    }
}

/// Runs a kernel call, again as long as a signal interrupts it, and throws its error if it returns -1.
@discardableResult
func systemCall(_ name: StaticString, _ call: () -> Int32) throws(SystemError) -> Int32 {
    while true {
        let result = call()
        if result >= 0 { return result }
        let code = errno
        if code != EINTR { throw SystemError(call: name, code: code) }
    }
}

/// The result of one non-blocking transfer on a socket.
package enum Transfer: Equatable {
    /// So many bytes were transferred; never 0.
    case bytes(Int)
    /// Nothing can be transferred now: wait for readiness.
    case wouldBlock
    /// The peer has closed its side, or the connection is broken.
    case closed
}

/// Runs recv(2) or send(2). Every error except EAGAIN and EINTR means the same to the caller: the connection is over.
func transfer(_ call: () -> Int) -> Transfer {
    while true {
        let count = call()
        if count > 0 { return .bytes(count) }
        if count == 0 { return .closed }
        switch errno {
        case EINTR: continue
        case EAGAIN: return .wouldBlock
        default: return .closed
        }
    }
}
