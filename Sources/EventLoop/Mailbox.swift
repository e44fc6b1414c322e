// Messages from another thread to a loop: the only place where anything crosses threads.

internal import CLinux
internal import Glibc
internal import Synchronization

/// Messages from any thread to the one whose loop the mailbox is registered with, in order of posting.
package final class Mailbox<Message: Sendable>: Sendable {
    private let messages = Mutex<[Message]>([])
    private let event: Descriptor

    package init() throws(SystemError) {
        event = Descriptor(
            owning: try systemCall("eventfd") {
                eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
            })
    }

    /// Becomes readable when there are messages; `take` makes it unreadable again.
    package var descriptor: Int32 { event.raw }

    /// Adds a message and wakes the loop. From any thread.
    package func post(_ message: Message) {
        messages.withLock { $0.append(message) }
        // Fails only when the counter is full: then the loop is awake already.
        _ = eventfd_write(event.raw, 1)
    }

    /// All messages since the last call. From the loop's thread.
    package func take() -> [Message] {
        var count: eventfd_t = 0
        _ = unsafe eventfd_read(event.raw, &count)
        return messages.withLock { messages in
            defer { messages = [] }
            return messages
        }
    }
}
