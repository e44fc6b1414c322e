// All connections of the status server, bounded.

internal import NIOCore
internal import NIOHTTP1

/// On the server's event loop only.
final class StatusConnections {
    private let limits: StatusLimits
    private let site: StatusSite
    private var all: [ObjectIdentifier: StatusConnection] = [:]
    private var isOpen = true

    init(limits: StatusLimits, site: StatusSite) {
        self.limits = limits
        self.site = site
    }

    /// Takes in a client that has been accepted.
    func take(_ channel: any Channel) throws {
        let connection = StatusConnection(limits: limits, site: site) { [weak self] in self?.remove($0) }
        // Makes requests of bytes, and bytes of answers.
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(RequestBound(of: connection))
        try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: false, withErrorHandling: false)
        try pipeline.addHandler(connection)
        add(connection)
    }

    /// If there are too many then, the one that has been silent for longest is closed, so that connections without requests
    /// keep no client out.
    private func add(_ connection: StatusConnection) {
        guard isOpen else { return connection.close() }
        all[ObjectIdentifier(connection)] = connection
        guard all.count > limits.connections else { return }
        let silent = all.values.filter(\.isWaiting).min { $0.waitingSince < $1.waitingSince }
        (silent ?? connection).close()
    }

    /// Closes all, and those that come later but were accepted before the listener was closed.
    func closeAll() {
        isOpen = false
        for connection in all.values { connection.close() }
    }

    private func remove(_ connection: StatusConnection) {
        all[ObjectIdentifier(connection)] = nil
    }
}
