// The socket of a connection to Postfix's own proxymap(8), and its place in the loop.

internal import EventLoop

final class RelaySocket: EventHandler {
    private let owner: Descriptor
    private let loop: EventLoop
    private let isReady: (Readiness) -> Void
    private var registration: EventLoop.Registration?
    private var interest = Readiness.readable

    /// Connects to the socket at `path`.
    ///
    /// - Parameter isReady: is called with the socket's readiness, until `close`.
    init(path: String, loop: EventLoop, isReady: @escaping (Readiness) -> Void) throws(SystemError) {
        owner = try connectToSocket(at: path)
        self.loop = loop
        self.isReady = isReady
        registration = try loop.register(owner.raw, for: .readable, handler: self)
    }

    var descriptor: Int32 { owner.raw }

    func descriptorReady(_ readiness: Readiness) { isReady(readiness) }

    func transmit(_ bytes: Span<UInt8>) -> Transfer {
        send(bytes, to: owner.raw)
    }

    func wait(for readiness: Readiness) {
        guard let registration, readiness != interest else { return }
        interest = readiness
        loop.change(registration, to: readiness)
    }

    func close() {
        if let registration { loop.remove(registration) }
        registration = nil
    }
}
