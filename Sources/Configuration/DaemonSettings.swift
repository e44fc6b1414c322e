// The values of mapmux.conf's parameters, other than its maps.

package import Logging
package import LookupSearch
package import LookupTables
package import LookupValues

/// What the parameters say, with their defaults. Times are seconds.
package struct DaemonSettings: Equatable, Sendable {
    package var socketmapListen = ["/run/mapmux/socketmap"]
    package var proxymapListen: [ProxymapSocket] = []
    package var proxymapRelay: String?
    package var proxymapGreeting = true
    package var socketPermissions = SocketPermissions(mode: 0o660, group: nil)
    /// Users that may connect, besides root and the daemon's own; empty: any user that the sockets let in.
    package var allowedUsers: Set<UInt32> = []
    package var strictPermissions = false
    package var foldKeys = true
    /// The encoding for tables whose files don't name one.
    package var defaultEncoding = "UTF8"
    package var poolSize = 4
    package var pipelineDepth = 256
    package var batchStatements = BatchStatements.auto
    /// Names of maps whose queries are taken to be pure.
    package var mapTrust: [String] = []
    /// The parameters of main.cf in which each map stands, by the map's name.
    package var mapParameters: [String: [SearchParameter]] = [:]
    /// What main.cf says about searches.
    package var facts = PostfixFacts()
    /// For how many milliseconds an answer counts that was read ahead for a proxymap client; 0: none is.
    package var readAhead = 0
    /// How long each map's answers are kept, by the map's name.
    package var cache: [String: CacheSetting] = [:]
    /// In bytes, for all workers.
    package var cacheSize = 64 << 20
    /// In milliseconds.
    package var cacheMaxStaleness = 2_000
    /// How old a map's answers may be while no host can be asked, by the map's name.
    package var staleWhileDown: [String: CacheSetting] = [:]
    /// Whether "not found" of a standby is asked again on the primary.
    package var confirmsNotFound = false
    /// Whether Postfix's virtual_alias_domains has a value, as it has by default.
    package var hasVirtualAliasDomains = true
    package var workers = 1
    package var lookupTimeout = 10
    package var queryTimeout = 5
    package var connectTimeout = 5
    package var maxReplicaLag = 0
    package var connectionLifetime = 3_600
    package var maxClients = 20_000
    package var maxWaiting = 50_000
    package var clientIdleTimeout = 0
    package var drainTimeout = 10
    package var logLevel = Logger.Level.info
    package var logFormat = LogFormat.text
    /// The socket for commands; nil: there is none.
    package var controlSocket: String? = "/run/mapmux/control"
    /// The address where the status is served over HTTP; nil: there is none.
    package var httpListen: StatusAddress?
    /// Tells this daemon from others; empty if it has no name.
    package var instance = ""

    package init() {}

    /// Where clients connect, and the protocol they use there.
    package var endpoints: [Endpoint] {
        socketmapListen.map { Endpoint(path: $0, clientProtocol: .socketmap, terms: ProxymapTerms()) }
            + proxymapListen.map {
                Endpoint(path: $0.path, clientProtocol: .proxymap, terms: $0.terms(proxymapTerms))
            }
    }

    /// How much of a key is folded if the client does not say.
    package var folding: KeyFolding.Extent { foldKeys ? .full : .none }

    /// What applies to the clients of a proxymap socket without settings of its own.
    package var proxymapTerms: ProxymapTerms { ProxymapTerms(relay: proxymapRelay, greets: proxymapGreeting) }

    /// The application_name of the connections, for PostgreSQL's pg_stat_activity and log.
    package var applicationName: String { instance.isEmpty ? Self.program : "\(Self.program)/\(instance)" }

    private static let program = "mapmux"

    /// In bytes: PostgreSQL cuts an application_name to NAMEDATALEN - 1 = 63 bytes.
    static let instanceLimit = 63 - "\(program)/".utf8.count
}
