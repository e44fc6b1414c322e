// A thread that sleeps for a moment again and again, and notes when the machine did not wake it in time.

import Foundation
import Glibc
import Synchronization
import TestSupport

package final class Canary: Sendable {
    /// Nanoseconds.
    private static let nap: Int64 = 5_000_000
    private static let longest: Int64 = 30_000_000

    /// No more are remembered, the last ones.
    private static let most = 1000

    private let noted = Mutex<[AnswerHistory.Span]>([])
    private let isStopping = Atomic<Bool>(false)

    package init() {
        Thread { [self] in
            var before = TestClock.now()
            while !isStopping.load(ordering: .acquiring) {
                usleep(UInt32(Self.nap / 1000))
                let now = TestClock.now()
                if now - before > Self.longest {
                    noted.withLock { noted in
                        noted.append(AnswerHistory.Span(begun: before + Self.nap, done: now))
                        if noted.count > Self.most { noted.removeFirst() }
                    }
                }
                before = now
            }
        }.start()
    }

    /// When it should have been woken, and when it was, so far.
    package var standstills: [AnswerHistory.Span] { noted.withLock { $0 } }

    package func stop() {
        isStopping.store(true, ordering: .releasing)
    }
}
