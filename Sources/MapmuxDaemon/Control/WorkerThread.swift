// A worker's thread, as seen from the thread that started it.

internal import EventLoop
internal import Logging

/// Starts a worker on a thread of its own, and takes messages for it.
struct WorkerThread {
    private let mailbox: Mailbox<WorkerMessage>

    /// - Parameter ended: gets the worker's number when it has ended.
    init(
        number: Int, configuration: WorkerConfiguration, logger: Logger, ended: Mailbox<Int>
    ) throws(SystemError) {
        let mailbox = try Mailbox<WorkerMessage>()
        self.mailbox = mailbox
        try startThread(named: "mapmux worker \(number)") {
            do throws(SystemError) {
                try Worker(configuration: configuration, mailbox: mailbox, logger: logger).run()
            } catch {
                // Without a loop there is nothing to serve with, and nobody to answer.
                fatalError("a worker can't start: \(error)")
            }
            ended.post(number)
        }
    }

    func post(_ message: WorkerMessage) {
        mailbox.post(message)
    }
}
