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

    /// Takes a client in that has been accepted.
    func take(_ channel: any Channel) throws {
        let connection = StatusConnection(limits: limits, site: site) { [weak self] in self?.remove($0) }
        // From bytes to requests, and back.
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(RequestBound(of: connection))
        try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: false, withErrorHandling: false)
        try pipeline.addHandler(connection)
        add(connection)
    }

    /// If that makes too many, the one that has been silent for longest goes, so that connections that ask nothing lock
    /// nobody out.
    private func add(_ connection: StatusConnection) {
        guard isOpen else { return connection.close() }
        all[ObjectIdentifier(connection)] = connection
        guard all.count > limits.connections else { return }
        let silent = all.values.filter(\.isWaiting).min { $0.waitingSince < $1.waitingSince }
        (silent ?? connection).close()
    }

    /// Ends all, and those that were accepted before the listener was closed.
    func closeAll() {
        isOpen = false
        for connection in all.values { connection.close() }
    }

    private func remove(_ connection: StatusConnection) {
        all[ObjectIdentifier(connection)] = nil
    }
}
