// The life of a pool's connections: made, established, refused, lost.

internal import Configuration
internal import Databases
internal import EventLoop
internal import Logging
internal import LookupPool
internal import LookupStatistics
internal import LookupTables
internal import LookupValues
internal import PostgreSQL

extension PoolDriver {
    func connect(_ connection: ConnectionID, host: Int) {
        let shell = PoolConnection(
            host: host, loop: loop, connector: connector,
            parameters: ConnectionParameters(
                host: plan.target.hosts[host], target: plan.target, applicationName: terms.applicationName),
            terms: terms,
            question: DependencyQuestion(
                templates: tables.map(\.template), trusted: trusted,
                comparesPlans: limits.choosesArrays, known: knownServers[host]))
        connections[connection.slot] = shell
        shell.open { [unowned self] event in
            switch event {
            case .connected(let setup): connected(connection, setup)
            case .failed(let failure): connectFailed(connection, host: host, failure)
            case .readable: receive(on: connection)
            case .broken(let error): disconnected(connection, error)
            }
        }
    }

    private func connected(_ connection: ConnectionID, _ setup: ConnectionSetup) {
        let shell = connections[connection.slot]!
        counters.noteConnected(connection.slot, host: shell.host)
        var refused: Set<Int> = []
        for (table, definition) in tables.enumerated() {
            if let error = shell.refusal(of: definition.template) {
                refused.insert(table)
                tableErrors[table] = error
                log.preparationFailed(definition, error)
            } else if setup.isStandby && table >= plan.tables.count {
                refused.insert(table)
            }
        }
        pool.connected(
            connection, pure: setup.found?.dependencies.pure ?? trusted,
            takesArrays: setup.found?.dependencies.takesArrays, refusing: refused,
            isSerial: setup.isPooled, isStandby: setup.isStandby, roundTrip: setup.roundTrip,
            dependencies: number(for: shell, setup.found).map { ($0, setup.askedAt) },
            isSettled: setup.found?.dependencies.isSettled ?? false,
            isCurrent: setup.found?.isCurrent ?? true, now: loop.now)
        noteHost(shell.host, nil)
        perform()
        if pool.establishedConnections >= limits.connections {
            for host in fullHosts.sorted() { log.hostHasRoom(plan.target.hosts[host]) }
            fullHosts = []
        }
    }

    /// A number for what a new connection depends on. Connections that depend on the same have the same number.
    private func number(for shell: PoolConnection, _ found: FoundDependencies?) -> Int? {
        guard let found else { return nil }
        if let refusal = found.refusal { log.dependenciesUntold(plan.target.hosts[shell.host], refusal) }
        if !found.identity.isEmpty {
            knownServers[shell.host].removeAll { $0.identity == found.identity }
            knownServers[shell.host].append(
                KnownServer(
                    identity: found.identity, dependencies: found.dependencies,
                    latestLook: found.dependencies.value))
            if knownServers[shell.host].count > Self.serversOfAHost { knownServers[shell.host].removeFirst() }
        }
        let same = connections.compactMap(\.self).first { other in
            other !== shell && other.host == shell.host && other.server == found.identity
                && other.dependencies?.look == found.dependencies.look
                && other.dependencies?.value == found.dependencies.value
        }
        if let same {
            shell.dependencyNumber = same.dependencyNumber
        } else {
            dependencyNumber += 1
            shell.dependencyNumber = dependencyNumber
        }
        return shell.dependencyNumber
    }

    /// How many of the servers that a host has led to are remembered.
    private static let serversOfAHost = 16

    /// Takes in the value that a look has returned.
    ///
    /// - Returns: whether something has changed.
    func noteLook(_ value: String?, on shell: PoolConnection) -> Bool {
        let place = knownServers[shell.host].firstIndex {
            $0.identity == shell.server && $0.dependencies.look == shell.dependencies?.look
        }
        if let place, let value, value.utf8.count <= KnownServer.longestTexts {
            knownServers[shell.host][place].latestLook = value
        }
        return value != shell.dependencies?.value
    }

    private func connectFailed(_ connection: ConnectionID, host: Int, _ failure: ConnectFailure) {
        let error = failure.error
        connections[connection.slot] = nil
        hostErrors[host] = error
        counters.noteConnectFailure(host: host, error)
        log.connectFailed(plan.target.hosts[host], error)
        let isFull = error.isOfFullServer
        pool.connectFailed(connection, isFull: isFull, now: loop.now)
        let wasDown = isDown
        noteHost(host, error, hasConnected: failure.hasConnected)
        if !wasDown { answerWhileDown() }
        let ready = pool.figures(ofHost: host, now: loop.now).ready
        if isFull && ready > 0 && pool.establishedConnections < limits.connections
            && fullHosts.insert(host).inserted
        {
            log.hostIsFull(plan.target.hosts[host], connections: ready, of: limits.connections, error)
        }
        perform()
    }

    func disconnected(_ connection: ConnectionID, _ error: ServerError) {
        let shell = connections[connection.slot]!
        shell.close()
        connections[connection.slot] = nil
        hostErrors[shell.host] = error
        counters.noteLoss(of: connection.slot, host: shell.host, error)
        log.disconnected(plan.target.hosts[shell.host], error)
        pool.disconnected(connection, now: loop.now)
        noteHost(shell.host, error)
        answerWhileDown()
        perform()
    }
}
