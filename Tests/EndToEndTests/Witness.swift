// A client that stays while the configuration changes, and sees whether its tables change together.

import Foundation
import Glibc
import Synchronization
import TestSupport
import ThrowawayServers

/// Asks `changing`, `even` and `odd` in one go, again and again. Each answer must be of one round, and of none before that of
/// the answer before: `changing` names it, and of the other two there is one. A reload may come between two of them, as
/// those who ask several things at once have their turns.
final class Witness: Sendable {
    private struct State {
        var round = 0
        var complaint: String?
        var hasEnded = false
    }

    private let path: String
    private let state = Mutex(State())
    private let isStopping = Atomic<Bool>(false)

    init(_ path: String) {
        self.path = path
    }

    func start() {
        let thread = Thread { [self] in
            do {
                let client = try SocketmapClient(path: path)
                while !isStopping.load(ordering: .acquiring), try ask(client) {}
            } catch {
                state.withLock { $0.complaint = "\(error)" }
            }
            state.withLock { $0.hasEnded = true }
        }
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Returns once it has seen a round, or has something to say.
    func wait(for round: Int) throws {
        try waitUntil("round \(round) is seen") {
            state.withLock { $0.round >= round || $0.complaint != nil }
        }
    }

    /// - Returns: what was wrong, if anything.
    func stop() throws -> String? {
        isStopping.store(true, ordering: .releasing)
        try waitUntil("the witness stops") { state.withLock(\.hasEnded) }
        return state.withLock(\.complaint)
    }

    private func expected(in round: Int) -> [SocketmapReply] {
        let own = round % 2 == 0 ? "even" : "odd"
        return [.ok("round \(round) x")]
            + ["even", "odd"].map {
                $0 == own ? .ok("round \(round) x in \($0)") : .perm("there is no map named \($0)")
            }
    }

    /// False when there is something to complain of.
    private func ask(_ client: SocketmapClient) throws -> Bool {
        try client.send(["changing", "even", "odd"].flatMap { SocketmapClient.request($0, Array("x".utf8)) })
        let replies = try (0..<3).map { _ in try client.readReply() }
        return state.withLock { state in
            let (old, new) = (expected(in: state.round), expected(in: state.round + 1))
            for place in (0...replies.count).reversed()
            where replies == Array(old[..<place] + new[place...]) {
                if place < replies.count { state.round += 1 }
                return true
            }
            state.complaint = "after round \(state.round): \(replies)"
            return false
        }
    }
}
