// The socket on which the status server accepts clients. It is opened again after SwiftNIO has given it up.

internal import Glibc
internal import NIOCore
internal import NIOPosix

/// On the server's event loop only.
final class ListeningChannel {
    /// How long no client is accepted after a failure.
    private static let retryTime = TimeAmount.seconds(1)
    /// At least this long is between two reports of failures.
    private static let tellInterval = TimeAmount.seconds(10)

    private let place: StatusPlace
    private let makeBootstrap: () -> ServerBootstrap
    private let loop: any EventLoop
    private let tell: @Sendable (String) -> Void
    private var quietUntil: NIODeadline?
    private var channel: (any Channel)?
    private var isOpen = true

    /// - Parameters:
    ///   - place: owned from the call on.
    ///   - makeBootstrap: makes a bootstrap of `loop` without handlers for the listening channel itself.
    ///   - tell: is given the reason when no client can be accepted for a while.
    init(
        at place: StatusPlace, loop: any EventLoop, makeBootstrap: @escaping () -> ServerBootstrap,
        tell: @escaping @Sendable (String) -> Void
    ) {
        self.place = place
        self.loop = loop
        self.tell = tell
        self.makeBootstrap = makeBootstrap
    }

    deinit {
        if case .descriptor(let descriptor) = place { _ = Glibc.close(descriptor) }
    }

    /// Listens. Once that has succeeded, it goes on until `close`, after any failure.
    func open() -> EventLoopFuture<Void> {
        let bound = NIOLoopBound(self, eventLoop: loop)
        let bootstrap = makeBootstrap().serverChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                // If no descriptor or memory is left, the next attempt is later.
                let backoff = AcceptBackoffHandler { _ in Self.retryTime }
                try channel.pipeline.syncOperations.addHandler(backoff)
                try channel.pipeline.syncOperations.addHandler(AcceptFailures(of: bound.value))
            }
        }
        let listening: EventLoopFuture<any Channel>
        switch place {
        case .internet(let address, let port):
            do {
                listening = bootstrap.bind(to: try SocketAddress(ipAddress: address, port: port))
            } catch {
                return loop.makeFailedFuture(error)
            }
        case .descriptor(let descriptor):
            let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
            guard copy >= 0 else {
                return loop.makeFailedFuture(IOError(errnoCode: errno, reason: "fcntl"))
            }
            listening = bootstrap.withBoundSocket(copy)
        }
        return listening.map { channel in bound.value.adopt(channel) }
    }

    private func adopt(_ channel: any Channel) {
        guard isOpen else { return channel.close(promise: nil) }
        self.channel = channel
        // SwiftNIO closes it at a failure that it does not know, such as EPERM.
        channel.closeFuture.assumeIsolated().whenComplete { [weak self] _ in self?.openLater() }
    }

    private func openLater() {
        channel = nil
        guard isOpen else { return }
        loop.assumeIsolated().scheduleTask(in: Self.retryTime) { [weak self] in
            guard let self, isOpen else { return }
            open().assumeIsolated().whenFailure { [weak self] error in
                self?.note(error)
                self?.openLater()
            }
        }
    }

    func close() -> EventLoopFuture<Void> {
        isOpen = false
        return channel?.close() ?? loop.makeSucceededVoidFuture()
    }

    fileprivate func note(_ error: any Error) {
        if let quietUntil, .now() < quietUntil { return }
        quietUntil = .now() + Self.tellInterval
        tell("\(error)")
    }
}

/// The last handler of the listening channel's pipeline.
private final class AcceptFailures: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private weak var owner: ListeningChannel?

    init(of owner: ListeningChannel) {
        self.owner = owner
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        owner?.note(error)
    }
}
