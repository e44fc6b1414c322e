// Where the daemon listens for clients, and how many clients it has room for.

internal import Configuration
internal import EventLoop
internal import Logging
internal import LookupWorker
internal import StatusServer

extension Daemon {
    /// The sockets for this configuration: those that are open already, those that were handed over, and new ones. A socket
    /// that was handed over belongs to the endpoint with its path, or else to the protocol in its name.
    func listen(_ configuration: DaemonConfiguration) throws(StartError) -> [ServedSocket] {
        let settings = configuration.settings
        var served: [ServedSocket] = []
        for endpoint in settings.endpoints {
            do throws(ListenError) {
                let known = sockets.map(\.socket) + inherited.map(\.socket)
                let socket: ListeningSocket
                if let same = known.first(where: { $0.path == endpoint.path }) {
                    socket = same
                } else if configuration.trouble != nil {
                    continue
                } else {
                    socket = try ListeningSocket(path: endpoint.path, permissions: settings.socketPermissions)
                }
                served.append(ServedSocket(socket: socket, endpoint: endpoint))
            } catch {
                throw .socket(path: endpoint.path, error)
            }
        }
        for given in inherited where !served.contains(where: { $0.socket === given.socket }) {
            guard let name = given.name, given.socket.path != settings.controlSocket else { continue }
            if let endpoint = Endpoint(
                path: given.socket.path, descriptorName: name, settings.proxymapTerms)
            {
                served.append(ServedSocket(socket: given.socket, endpoint: endpoint))
            } else {
                logger.warning(
                    "a socket was handed over that no endpoint names",
                    metadata: ["path": "\(given.socket.path)", "name": "\(name)"])
            }
        }
        return served
    }

    /// A worker's part of the limits that apply to the whole process.
    func share(
        of number: Int, _ configuration: DaemonConfiguration, _ sockets: [ServedSocket]
    ) -> WorkerConfiguration {
        let settings = configuration.settings
        func part(of total: Int) -> Int {
            max(1, total / settings.workers + (number < total % settings.workers ? 1 : 0))
        }
        return WorkerConfiguration(
            daemon: configuration, sockets: sockets, connections: part(of: settings.poolSize),
            clients: part(of: clientLimit(configuration)), cache: cachePlan)
    }

    /// `max_clients`, or the number of clients that the limit of open files leaves room for if that is less.
    private func clientLimit(_ configuration: DaemonConfiguration) -> Int {
        let settings = configuration.settings
        // Besides its clients' descriptors the process needs descriptors for sockets, loops and a few more, and for
        // connections. These are counted twice, as a reload may replace all of them before the old ones have answered what
        // they were asked.
        let status = settings.httpListen == nil ? 0 : StatusLimits().connections
        let reserve = 64 + status + 2 * settings.poolSize * configuration.pools.count + 8 * settings.workers
        // A client may need a second descriptor, for its connection to the relay.
        let each = sockets.contains { $0.endpoint.terms.relay != nil } ? 2 : 1
        return min(settings.maxClients, max(1, (descriptorLimit - reserve) / each))
    }

    func warnOfFewDescriptors() {
        let clients = clientLimit(configuration)
        guard clients < configuration.settings.maxClients else { return }
        logger.warning(
            "the limit of open files leaves room for fewer clients than max_clients",
            metadata: [
                "clients": "\(clients)", "max_clients": "\(configuration.settings.maxClients)",
                "limit": "\(descriptorLimit)",
            ])
    }
}
