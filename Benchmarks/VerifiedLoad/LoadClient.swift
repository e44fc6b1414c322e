// One client of the load: asks, waits for the answer, verifies it, asks again.

package import EventLoop
internal import LookupProtocols
internal import LookupValues

package final class LoadClient: EventHandler {
    private let socket: Descriptor
    private let loop: EventLoop
    private let load: Load
    private var registration: EventLoop.Registration?
    private var unread: [UInt8] = []
    private var question = Question(number: 0)
    private var askedAt = MonotonicClock.now()

    package init(socket: consuming Descriptor, loop: EventLoop, load: Load) throws(SystemError) {
        self.socket = socket
        self.loop = loop
        self.load = load
        registration = try loop.register(self.socket.raw, for: .readable, handler: self)
        load.noteBegin()
    }

    package func start() {
        ask()
    }

    package func descriptorReady(_ readiness: Readiness) {
        guard load.read(from: socket.raw, into: &unread) else { return stop(isLost: true) }
        while true {
            switch Netstring.decode(unread.span, at: 0, limit: SocketmapReply.maximumReplyLength) {
            case .needsMore:
                return
            case .violation:
                return stop(isLost: true)
            case .message(let payload, let end):
                let nanoseconds = MonotonicClock.now().nanoseconds - askedAt.nanoseconds
                load.note(unread[payload], to: question, nanoseconds: nanoseconds)
                unread.removeFirst(end)
                ask()
            }
        }
    }

    private func ask() {
        guard registration != nil else { return }
        guard let next = load.nextQuestion() else { return stop(isLost: false) }
        question = next
        askedAt = MonotonicClock.now()
        let request = load.request(for: next)
        // A request is far shorter than a socket's buffer, and nothing else is on its way.
        if send(request.span, to: socket.raw) != .bytes(request.count) { stop(isLost: true) }
    }

    private func stop(isLost: Bool) {
        guard let registration else { return }
        loop.remove(registration)
        self.registration = nil
        load.noteEnd(isLost: isLost)
    }
}

/// Connects where connect(2) does not wait while the listen backlog is full: tries again for as long as that takes.
package func connectPatiently(to path: String) throws(SystemError) -> Descriptor {
    while true {
        do throws(SystemError) {
            return try connectToSocket(at: path)
        } catch {
            guard error.isTemporary else { throw error }
        }
    }
}
