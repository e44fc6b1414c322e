// Tells the service manager the daemon's state, by the protocol of sd_notify(3).

internal import CLinux
internal import Glibc
internal import LookupValues

/// systemd, or another program that speaks its protocol: it has started this process and waits for its state.
package struct ServiceManager: Sendable {
    /// The messages that it takes.
    package enum Message: Equatable, Sendable {
        /// The daemon serves, or serves again after `reloading`.
        case ready
        case reloading
        /// The daemon ends, and may take so many microseconds for it.
        case stopping(microseconds: Int64)
        /// The daemon is alive. If this does not come in time, the manager ends the daemon and starts it anew.
        case alive
        /// Another process takes the place of this one from now on.
        case mainProcess(Int32)
        /// The text that `systemctl status` shows.
        case status(String)
    }

    /// Within how many nanoseconds it must be told that the daemon is alive; nil: it need not be.
    package let watchdogInterval: Int64?

    /// A path, or `@` and the name of an abstract socket.
    private let socketName: String

    /// Nil if the environment names no service manager.
    ///
    /// - Parameter isSuccessor: whether this process replaces the one that the variables were made for.
    package init?(isSuccessor: Bool) {
        guard let name = Self.variable("NOTIFY_SOCKET"), name.hasPrefix("/") || name.hasPrefix("@") else {
            return nil
        }
        socketName = name
        let process = Self.variable("WATCHDOG_PID")
        let isMeant = isSuccessor || process == nil || process == String(getpid())
        let microseconds = Self.variable("WATCHDOG_USEC").flatMap { Int64($0) } ?? 0
        if isMeant && (1..<Int64.max / 1000).contains(microseconds) {
            watchdogInterval = microseconds * 1000
            // For a successor of this process, which can't know the process number that is in there.
            unsafe setenv("WATCHDOG_PID", String(getpid()), 1)
        } else {
            watchdogInterval = nil
        }
    }

    /// Sends all of `messages` at once. It is no error if the manager does not listen.
    package func tell(_ messages: Message...) {
        let text = Array(messages.map(Self.text).joined(separator: "\n").utf8)
        let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
        let raw = socket(AF_UNIX, kind, 0)
        guard raw >= 0 else { return }
        let sender = Descriptor(owning: raw)
        // This waits for a busy manager, but not for one that hangs.
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        _ = unsafe setsockopt(
            sender.raw, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        try? unsafe withAddress(of: socketName) { address, length in
            _ = unsafe sendto(sender.raw, text, text.count, Int32(MSG_NOSIGNAL), address, length)
        }
    }

    private static func text(of message: Message) -> String {
        switch message {
        case .ready: "READY=1"
        // Type=notify-reload needs the time, to tell this reload from an earlier one.
        case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(MonotonicClock.now().nanoseconds / 1000)"
        case .stopping(let microseconds): "STOPPING=1\nEXTEND_TIMEOUT_USEC=\(microseconds)"
        case .alive: "WATCHDOG=1"
        case .mainProcess(let process): "MAINPID=\(process)"
        // A line for each.
        case .status(let text): "STATUS=" + text.shown(upTo: 1_000)
        }
    }

    private static func variable(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
}
