// Whether there is what another library's event loop takes that would trap for lack of it.

/// Makes, and gives back, what a loop of SwiftNIO's needs: a thread, and descriptors for epoll(7), eventfd(2) and timerfd_create(2).
/// Where other threads take none meanwhile, it can have them then.
///
/// - Throws: EMFILE, ENFILE, ENOMEM or EAGAIN.
package func tryLoop() throws(SystemError) {
    let loop = try EventLoop()
    defer { loop.removeAll() }
    let ends = (try Mailbox<Void>(), try Mailbox<Void>())
    let handler = Nobody()
    _ = try loop.register(ends.0.descriptor, for: .readable, handler: handler)
    _ = try loop.register(ends.1.descriptor, for: .readable, handler: handler)
    try startThread(named: "trial") {}
}

private final class Nobody: EventHandler {
    func descriptorReady(_ readiness: Readiness) {}
}
