// The status server at its address, with the file of a Unix-domain socket.

internal import Configuration
internal import EventLoop
internal import Logging
internal import LookupValues
internal import StatusServer

/// Why the status can't be served.
struct StatusListenError: Error, CustomStringConvertible {
    let description: String
    /// Whether another process uses the address, and may leave it.
    let isInUse: Bool
}

/// Serves from its creation until `close`.
final class StatusListener {
    let address: StatusAddress
    private let server: StatusServer
    /// The Unix-domain socket, if the address is one.
    let socket: ListeningSocket?

    init(
        at address: StatusAddress, permissions: SocketPermissions, source: StatisticsSource,
        logger: Logger
    ) throws(StatusListenError) {
        self.address = address
        do {
            try tryLoop()
            let place: StatusPlace
            switch address {
            case .internet(let address, let port):
                socket = nil
                place = .internet(address: address, port: port)
            case .unix(let path):
                let socket = try ListeningSocket(path: path, permissions: permissions)
                self.socket = socket
                place = .descriptor(try socket.duplicate())
            }
            server = try StatusServer(
                at: place, encode: { $0.json() }, source: { receive in source.snapshot(receive) },
                tell: { error in
                    logger.error(
                        "status clients can't be accepted",
                        metadata: ["place": "\(address)", "error": "\(error)"])
                })
        } catch {
            let isInUse = error as? StatusServerError == .inUse || error as? ListenError == .inUse
            throw StatusListenError(description: "\(error)", isInUse: isInUse)
        }
    }

    /// Starts the thread that serves. If this fails, each listener tries again. To be called while no other thread can take
    /// what it needs.
    static func prepare() {
        if (try? tryLoop()) != nil { StatusServer.prepare() }
    }

    func close() {
        socket?.removeFile()
        server.close()
    }
}
