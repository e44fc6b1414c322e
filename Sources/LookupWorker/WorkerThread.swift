// A worker's thread, as seen from the thread that started it.

package import EventLoop
package import Logging

/// Starts a worker on a thread of its own, and takes messages for it.
package struct WorkerThread: Sendable {
    private let mailbox: Mailbox<WorkerMessage>

    /// Returns when the worker serves: a predecessor must not end before.
    ///
    /// - Parameter ended: is called with the worker's number when the worker has drained.
    /// - Throws: why the worker can't serve.
    package init(
        number: Int, configuration: WorkerConfiguration, logger: Logger, ended: Mailbox<Int>
    ) throws(SystemError) {
        let mailbox = try Mailbox<WorkerMessage>()
        self.mailbox = mailbox
        let begun = try Mailbox<Result<Void, SystemError>>()
        try startThread(named: "worker \(number)") {
            do throws(SystemError) {
                let worker = try Worker(configuration: configuration, mailbox: mailbox, logger: logger)
                begun.post(.success(()))
                worker.run()
                ended.post(number)
            } catch {
                begun.post(.failure(error))
            }
        }
        _ = waitUntilReady(begun.descriptor, for: .readable, until: nil)
        for result in begun.take() { try result.get() }
    }

    package func post(_ message: WorkerMessage) {
        mailbox.post(message)
    }
}
