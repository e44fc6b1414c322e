// Threads that go on until they are told to stop, as clients under load do.

import Foundation
import Synchronization
import ThrowawayServers

package final class LoadThreads: Sendable {
    private let isStopping = Atomic<Bool>(false)
    private let running = Atomic<Int>(0)

    package init() {}

    /// Whether they may do what comes next: nobody has told them to stop.
    package var goOn: Bool { !isStopping.load(ordering: .acquiring) }

    /// Starts another one, which ends with `body`.
    ///
    /// - Parameter stackSize: in bytes; small, as there are many.
    package func start(stackSize: Int = 1 << 20, _ body: @escaping @Sendable () -> Void) {
        running.add(1, ordering: .relaxed)
        let thread = Thread { [self] in
            body()
            running.subtract(1, ordering: .releasing)
        }
        thread.stackSize = stackSize
        thread.start()
    }

    /// Lets each finish what it is at, and waits for that.
    ///
    /// - Parameter seconds: a generous bound; it ends a hung test.
    package func stop(within seconds: Double = 120) throws {
        isStopping.store(true, ordering: .releasing)
        try waitUntil("the clients stop", within: seconds) { running.load(ordering: .acquiring) == 0 }
    }
}
