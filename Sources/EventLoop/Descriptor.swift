// The owner of a file descriptor: closed exactly once, when the owner goes.

internal import CLinux
internal import Glibc

/// Owns one open file descriptor and closes it at the end of its life. A user of the descriptor takes `raw` and must
/// not outlive the owner.
package struct Descriptor: ~Copyable, Sendable {
    package let raw: Int32

    /// Takes over a descriptor that the caller has opened.
    package init(owning raw: Int32) {
        precondition(raw >= 0)
        self.raw = raw
    }

    deinit {
        // close(2) must not be repeated after EINTR on Linux: the descriptor is gone either way.
        _ = close(raw)
    }

    /// The descriptor without its owner, for a C library that will close it.
    package consuming func release() -> Int32 {
        let descriptor = raw
        discard self
        return descriptor
    }
}

/// Raises the soft limit of open files to the hard one, as every client takes a descriptor.
///
/// - Returns: how many descriptors this process may have open.
package func raiseDescriptorLimit() -> Int {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
    if limit.rlim_cur < limit.rlim_max {
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
    return Int(clamping: limit.rlim_cur)
}
