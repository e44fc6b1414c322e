// One call that fails once, and which of them there are.

import Glibc
import LookupValues
import TestSupport

/// The `number`-th call of its name fails.
struct Fault: Equatable, CustomStringConvertible {
    let call: String
    /// From 1 on, counted over the daemon and its successor.
    let number: Int
    let error: String

    init(call: String, number: Int, error: String) {
        (self.call, self.number, self.error) = (call, number, error)
    }

    /// - Parameter text: as `description` has it; nil: it is no fault.
    init?(_ text: String) {
        let parts = text.split(separator: ":").map(String.init)
        guard parts.count == 3, let number = Int(parts[1]), Self.errors[parts[0]]?.contains(parts[2]) == true
        else { return nil }
        self.init(call: parts[0], number: number, error: parts[2])
    }

    /// As `deploy/faults.sh --only` takes it.
    var description: String { "\(call):\(number):\(error)" }

    /// As the shim takes it.
    var setting: String { "\(call):\(number):\(Self.codes[error] ?? 0)" }

    /// What a call can really fail with in Linux on a bad day, for lack of something, a peer's or a disk's fault. SHORT: it transfers
    /// a byte.
    static let errors: [String: [String]] = [
        "accept": ["EMFILE", "ENOBUFS", "ECONNABORTED"],
        "bind": ["EADDRINUSE", "ENOMEM"],
        "chmod": ["EPERM", "EIO"],
        "chown": ["EPERM", "EIO"],
        "connect": ["EAGAIN", "ECONNREFUSED", "ENOENT"],
        "epoll_create": ["EMFILE", "ENOMEM"],
        "epoll_ctl": ["ENOMEM", "ENOSPC"],
        "epoll_wait": ["EINTR"],
        "eventfd": ["EMFILE", "ENOMEM"],
        "fcntl": ["EMFILE"],
        "fopen": ["EMFILE", "ENOMEM"],
        "getaddrinfo": ["EAGAIN"],
        "getsockname": ["ENOBUFS"],
        "getsockopt": ["ENOBUFS"],
        "listen": ["EADDRINUSE"],
        "malloc": ["ENOMEM"],
        "open": ["EMFILE", "EIO"],
        "pipe": ["EMFILE"],
        "poll": ["EINTR", "ENOMEM"],
        "posix_spawn": ["EAGAIN", "ENOENT"],
        "pthread_create": ["EAGAIN"],
        "read": ["EINTR", "EIO", "SHORT"],
        "readlink": ["EIO"],
        "recv": ["ECONNRESET", "EINTR", "EAGAIN", "SHORT"],
        "send": ["ECONNRESET", "EINTR", "EAGAIN", "ENOBUFS", "SHORT"],
        "setsockopt": ["ENOBUFS"],
        "signalfd": ["EMFILE"],
        "socket": ["EMFILE", "ENOBUFS"],
        "stat": ["EIO", "ENOENT"],
        "write": ["EINTR", "EIO", "ENOSPC", "EAGAIN", "SHORT"],
    ]

    private static let codes: [String: Int32] = [
        "EADDRINUSE": EADDRINUSE, "EAGAIN": EAGAIN, "ECONNABORTED": ECONNABORTED,
        "ECONNREFUSED": ECONNREFUSED, "ECONNRESET": ECONNRESET, "EINTR": EINTR, "EIO": EIO,
        "EMFILE": EMFILE, "ENOBUFS": ENOBUFS, "ENOENT": ENOENT, "ENOMEM": ENOMEM, "ENOSPC": ENOSPC,
        "EPERM": EPERM,
    ]

    /// Every fault that a run with so many calls can have, those that begin with `prefix`.
    static func all(of counts: [String: Int], beginningWith prefix: String = "") -> [Fault] {
        counts.sorted { $0.key < $1.key }.filter { $0.value > 0 }.flatMap { call, count in
            (1...count).flatMap { number in
                (errors[call] ?? []).map { Fault(call: call, number: number, error: $0) }
            }
        }.filter { "\($0):".hasPrefix(prefix.isEmpty ? "" : "\(prefix):") }
    }

    /// As many of them, each call with its share: one that is made thousands of times leaves room for those that are made once.
    static func sample(of counts: [String: Int], _ size: Int, seed: UInt64) -> [Fault] {
        var random = SplitMix64(seed: seed)
        var rest = counts.sorted { $0.key < $1.key }.map { call, count in
            all(of: [call: count]).shuffled(using: &random)
        }
        var chosen: [Fault] = []
        while chosen.count < size, rest.contains(where: { !$0.isEmpty }) {
            for index in rest.indices { if let fault = rest[index].popLast() { chosen.append(fault) } }
        }
        return Array(chosen.shuffled(using: &random).prefix(size))
    }
}
