// All connections of the status server, bounded.

internal import NIOCore

/// On the server's event loop only.
final class StatusConnections {
    let limits: StatusLimits
    let site: StatusSite
    private var all: [ObjectIdentifier: StatusConnection] = [:]
    private var isOpen = true

    init(limits: StatusLimits, site: StatusSite) {
        self.limits = limits
        self.site = site
    }

    /// Takes one in. Where that makes too many, the one that has been silent for longest goes, so that connections that
    /// ask nothing lock nobody out.
    func add(_ connection: StatusConnection) {
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

    func remove(_ connection: StatusConnection) {
        all[ObjectIdentifier(connection)] = nil
    }
}
