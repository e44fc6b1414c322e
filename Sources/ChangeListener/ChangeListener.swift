// The thread that listens to databases for all workers, as seen from the others.

package import AnswerCache
package import EventLoop
package import Logging

/// Starts the thread, and takes messages for it.
package struct ChangeListener {
    private let mailbox: Mailbox<ListenerMessage>

    /// - Parameters:
    ///   - analyse: finds out what queries depend on.
    ///   - tell: is called on the thread with news, which are to be passed on in their order.
    package init(
        logger: Logger, analyse: @escaping Analysis, tell: @escaping @Sendable ([CacheNews]) -> Void
    ) throws(SystemError) {
        let mailbox = try Mailbox<ListenerMessage>()
        self.mailbox = mailbox
        let begun = try Mailbox<Result<Void, SystemError>>()
        try startThread(named: "listener") {
            do throws(SystemError) {
                let thread = try ListenerThread(
                    mailbox: mailbox, logger: logger, analyse: analyse, tell: tell)
                begun.post(.success(()))
                thread.run()
            } catch {
                begun.post(.failure(error))
            }
        }
        _ = waitUntilReady(begun.descriptor, for: .readable, until: nil)
        for result in begun.take() { try result.get() }
    }

    /// Listens to these targets and no others. A target stays listened to if no more than its tables have changed.
    package func adopt(_ targets: [ListenedTarget], logLevel: Logger.Level) {
        mailbox.post(.adopt(targets, logLevel))
    }

    /// Closes the connections to this target for `nanoseconds` at most; nil: to all targets.
    package func pause(_ target: String?, nanoseconds: Int64) { mailbox.post(.pause(target, nanoseconds)) }

    /// Ends the pause of this target; nil: of all targets.
    package func resume(_ target: String?) { mailbox.post(.resume(target)) }

    /// Closes the connections, and ends the thread.
    package func end() { mailbox.post(.end) }
}
