// A worker's thread, as seen from the thread that started it.

internal import EventLoop
internal import Logging

/// Starts a worker on a thread of its own, and takes messages for it.
struct WorkerThread {
    private let mailbox: Mailbox<WorkerMessage>

    /// How a worker has ended: by draining, or because it could not begin.
    struct End: Sendable {
        let number: Int
        let result: Result<Void, SystemError>
    }

    /// - Parameter ended: is told when the worker has ended.
    init(
        number: Int, configuration: WorkerConfiguration, logger: Logger, ended: Mailbox<End>
    ) throws(SystemError) {
        let mailbox = try Mailbox<WorkerMessage>()
        self.mailbox = mailbox
        try startThread(named: "worker \(number)") {
            do throws(SystemError) {
                try Worker(configuration: configuration, mailbox: mailbox, logger: logger).run()
                ended.post(End(number: number, result: .success(())))
            } catch {
                ended.post(End(number: number, result: .failure(error)))
            }
        }
    }

    func post(_ message: WorkerMessage) {
        mailbox.post(message)
    }
}
