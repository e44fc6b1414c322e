// Whether the system has the resources for another library's event loop, which would trap for lack of them.

/// Makes, and gives back, the resources of a loop of SwiftNIO: a thread, and descriptors for epoll(7), eventfd(2) and
/// timerfd_create(2). If other threads take none meanwhile, the loop can have them then.
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
