// The HTTP listener for monitoring: one thread of its own, which shares nothing with those that serve lookups.

internal import Glibc
internal import NIOCore
internal import NIOPosix

/// Why the status can't be served at a place.
package enum StatusServerError: Error, Equatable, CustomStringConvertible {
    /// Another process listens there.
    case inUse
    case other(String)

    package var description: String {
        switch self {
        case .inUse: "another process is listening on it"
        case .other(let reason): reason
        }
    }

    fileprivate init(_ error: any Error) {
        if let error = error as? IOError {
            self = error.errnoCode == EADDRINUSE ? .inUse : .other("\(error)")
        } else {
            self = .other("\(error)")
        }
    }
}

/// Serves until it is closed.
package final class StatusServer: Sendable {
    /// One thread for all servers of this process, one after the other. It is never shut down: SwiftNIO would use Dispatch
    /// for that, whose threads set their priorities, and complain if they may not.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// Starts that thread. SwiftNIO traps if there is no descriptor or thread left for it.
    package static func prepare() {
        _ = group
    }

    private let listener: NIOLoopBound<ListeningChannel>
    private let connections: NIOLoopBound<StatusConnections>

    /// Listens, and serves from its return on.
    ///
    /// - Parameters:
    ///   - source: of the figures. It is asked at most ten times a second.
    ///   - encode: writes them for /stats.json.
    ///   - tell: is given the reason when no client can be accepted for a while, at most every ten seconds, on any thread.
    package init(
        at place: StatusPlace, limits: StatusLimits = StatusLimits(), encode: @escaping SnapshotEncoder,
        source: @escaping SnapshotSource, tell: @escaping @Sendable (String) -> Void
    ) throws(StatusServerError) {
        let loop = Self.group.next()
        do {
            let connections = try loop.submit {
                let exchange = SnapshotExchange(loop: loop, source: source)
                let checksHost = if case .internet = place { true } else { false }
                let connections = StatusConnections(
                    limits: limits,
                    site: StatusSite(exchange: exchange, encode: encode, checksHost: checksHost))
                return NIOLoopBound(connections, eventLoop: loop)
            }.wait()
            self.connections = connections
            listener = try loop.submit {
                let channel = ListeningChannel(
                    at: place, loop: loop,
                    makeBootstrap: { Self.bootstrap(on: loop, for: connections) }, tell: tell)
                return NIOLoopBound(channel, eventLoop: loop)
            }.wait()
            try loop.flatSubmit { [listener] in listener.value.open() }.wait()
        } catch {
            throw StatusServerError(error)
        }
    }

    /// Frees the place before it returns; the connections go soon afterwards.
    package func close() {
        let loop = Self.group.next()
        try? loop.flatSubmit { [listener] in listener.value.close() }.wait()
        loop.execute { [connections] in connections.value.closeAll() }
    }

    private static func bootstrap(
        on loop: any EventLoop, for connections: NIOLoopBound<StatusConnections>
    ) -> ServerBootstrap {
        ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // A client that has sent a request and then finished sending still wants the answer.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try connections.value.take(channel) }
            }
    }
}
