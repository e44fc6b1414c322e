// A relay between the clients and the server of a Unix-domain socket that makes the way longer, and measures.

import Dispatch
import EventLoop
import Synchronization

/// One thread serves all connections; it ends with the relay.
package final class SocketRelay: Sendable {
    package struct Counts: Equatable, Sendable {
        /// Questions that were answered, of clients that ask one at a time.
        package var answered = 0
        /// How many nanoseconds their answers were waited for, all together.
        package var waited: Int64 = 0
        /// Simple queries and Syncs that were answered, if the server is a PostgreSQL.
        package var roundTrips = 0
    }

    /// What both threads see.
    final class Tally: Sendable {
        let counts = Mutex(Counts())
        let hasEnded = DispatchSemaphore(value: 0)
    }

    private let tally = Tally()
    private let stopper: Descriptor

    package var current: Counts { tally.counts.withLock { $0 } }

    /// Listens at `path`, for everyone.
    ///
    /// - Parameters:
    ///   - target: the server's socket.
    ///   - delay: by how many nanoseconds later what a client sends arrives; answers go on at once.
    package init(at path: String, to target: String, delay: Int64 = 0) throws {
        let listening = Descriptor(owning: try listenOnUnixSocket(path))
        let ends = try makeSocketPair().take()
        stopper = Descriptor(owning: ends.raw)
        let core = try RelayCore(
            listening: listening, stopped: Descriptor(owning: ends.otherRaw), target: target, delay: delay,
            tally: tally)
        let tally = tally
        try startThread(named: "relay") {
            core.run()
            tally.hasEnded.signal()
        }
    }

    deinit {
        _ = send([1].span, to: stopper.raw)
        tally.hasEnded.wait()
    }
}
