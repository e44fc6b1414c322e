// The faults of a chaos run.

enum FaultKind: String, CaseIterable, Sendable {
    // Of the databases.
    case killServerProcess = "kill -9 of a server process"
    case terminateConnections = "connections terminated"
    case killPostmaster = "kill -9 of the postmaster"
    case stop = "stop and start"
    case stopAtOnce = "immediate stop and start"
    case freezeSome = "SIGSTOP of server processes"
    case freezeAll = "SIGSTOP of a whole server"
    case outage = "both databases down"
    case failover = "failover there and back"
    // Of the network.
    case stall = "network stalls"
    case stallInResult = "stall in a result"
    case halfOpen = "half-open connections"
    case silentHost = "host accepts, says nothing"
    case fullBacklog = "host does not accept"
    case cut = "connections cut"
    case reset = "connections reset"
    case delay = "network delays"
    case pieces = "bytes in small pieces"
    case flapping = "connections end at random"
    // Of the database's contents.
    case migration = "schema migration"
    case changes = "schemas, functions, rights, settings change"
    case lock = "table locked"
    // Of what tells of changes.
    case listenerTerminated = "notified: listening session terminated"
    case listenerFrozen = "notified: SIGSTOP of the listening session"
    case beatsFrozen = "notified: SIGSTOP of the session of beats"
    case triggersOff = "notified: no triggers in some transactions"
    case triggersDropped = "notified: triggers dropped and made"
    case tableSwapped = "notified: table swapped for another"
    // Of the daemon.
    case reload = "reload"
    case reloadChanged = "reload, changed tables"
    case reloadBroken = "reload, broken table"
    case flush = "flush"
    case restart = "restart by TERM"
    case upgrade = "upgrade by USR2"
    // Of the clients.
    case connectFlood = "connect flood"
    case vanishing = "clients vanish in flight"
    case neverReaders = "clients never read"
    case slowWriters = "clients write slowly"

    /// Whether it befalls the daemon or its clients, so that a database can be in trouble at the same time.
    var isOnThisSide: Bool {
        switch self {
        case .reload, .reloadChanged, .reloadBroken, .flush, .restart, .upgrade, .connectFlood, .vanishing,
            .neverReaders, .slowWriters:
            true
        case .killServerProcess, .terminateConnections, .killPostmaster, .stop, .stopAtOnce, .freezeSome,
            .freezeAll, .outage, .failover, .stall, .stallInResult, .halfOpen, .silentHost, .fullBacklog,
            .cut, .reset, .delay, .pieces, .flapping, .listenerTerminated, .listenerFrozen, .beatsFrozen,
            .triggersOff, .triggersDropped, .tableSwapped, .migration, .changes, .lock:
            false
        }
    }

    /// Whether the daemon may close its clients' connections, once it has answered them.
    var mayEndClients: Bool { self == .restart || self == .upgrade }

    /// Whether a database can be reached all the while.
    var leavesADatabase: Bool { self != .outage }
}
