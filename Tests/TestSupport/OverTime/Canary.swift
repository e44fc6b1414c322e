// A thread that sleeps for a moment again and again, and notes when the machine did not wake it in time.

import Foundation
import Glibc
import Synchronization

package final class Canary: Sendable {
    /// Nanoseconds.
    private static let nap: Int64 = 5_000_000
    private static let longest: Int64 = 30_000_000

    private let standstills = Mutex<[AnswerHistory.Span]>([])
    private let isStopping = Atomic<Bool>(false)

    package init() {
        Thread { [self] in
            var before = ProxyClock.now()
            while !isStopping.load(ordering: .acquiring) {
                usleep(UInt32(Self.nap / 1000))
                let now = ProxyClock.now()
                if now - before > Self.longest {
                    standstills.withLock {
                        $0.append(AnswerHistory.Span(begun: before + Self.nap, done: now))
                    }
                }
                before = now
            }
        }.start()
    }

    /// - Returns: when it should have been woken, and when it was.
    package func stop() -> [AnswerHistory.Span] {
        isStopping.store(true, ordering: .releasing)
        return standstills.withLock { $0 }
    }
}
