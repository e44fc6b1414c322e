// From a map and a key to the pool that answers, or to an answer that needs no query.

internal import LookupPool
internal import LookupTables
internal import LookupValues

/// A worker's maps as its configuration has them now.
final class LookupRouter {
    /// A map that is served. An object, as requests would copy all that a table is.
    final class Route {
        fileprivate let name: [UInt8]
        /// The type and path that a proxymap client names it by.
        fileprivate let tableName: [UInt8]
        fileprivate let table: TableDefinition
        fileprivate let tableIndex: Int
        fileprivate let driver: PoolDriver
        /// What the worker's counters call it.
        let number: Int

        fileprivate init(
            name: String, table: TableDefinition, tableIndex: Int, driver: PoolDriver, number: Int
        ) {
            self.name = Array(name.utf8)
            tableName = Array("pgsql:\(table.file)".utf8)
            self.table = table
            self.tableIndex = tableIndex
            self.driver = driver
            self.number = number
        }
    }

    /// What became of a request.
    enum Routing {
        /// It has this answer already.
        case decided(LookupOutcome)
        /// The pool will answer it.
        case pending(PoolDriver, LookupID)
    }

    private let routes: [Route]
    /// Whether keys are to be folded whose client says nothing of that.
    let foldsKeys: Bool
    private let counters: LookupCounters

    /// One without any map.
    convenience init(counters: LookupCounters) {
        self.init(configuration: DaemonConfiguration(), drivers: [], counters: counters)
    }

    /// - Parameter drivers: one for each of the configuration's pools, in their order.
    init(configuration: DaemonConfiguration, drivers: [PoolDriver], counters: LookupCounters) {
        self.counters = counters
        routes = zip(configuration.maps, counters.adopt(configuration)).map { map, number in
            Route(
                name: map.name, table: configuration.pools[map.pool].tables[map.table], tableIndex: map.table,
                driver: drivers[map.pool], number: number)
        }
        foldsKeys = configuration.settings.foldKeys
    }

    /// The map with this name, as socketmap clients call it.
    func route(named name: Span<UInt8>) -> Route? {
        // A handful of names of different lengths: comparing beats hashing.
        routes.first { isEqual($0.name, name) }
    }

    /// A map of this table, as proxymap clients call it: `type:name`.
    func route(toTable name: Span<UInt8>) -> Route? {
        routes.first { isEqual($0.tableName, name) }
    }

    /// Begins a lookup.
    func lookUp(
        _ given: Span<UInt8>, in route: Route, folds: Bool, from requester: Requester
    ) -> Routing {
        // Nearly every key is its own folding: it is used where it stands.
        if folds ? KeyFolding.isFolded(given) : UTF8Validation.isValid(given) {
            return begin(given, in: route, from: requester)
        }
        // What is not UTF-8 is in no table, and is not for PostgreSQL to judge.
        guard folds, let key = KeyFolding.fold(given) else {
            counters.noteNotUTF8(map: route.number)
            return .decided(.notFound)
        }
        return begin(key.span, in: route, from: requester)
    }

    /// Begins the lookup of a key as the table's query is to have it.
    private func begin(_ key: Span<UInt8>, in route: Route, from requester: Requester) -> Routing {
        guard route.table.admits(key) else {
            counters.noteFiltered(map: route.number)
            return .decided(.notFound)
        }
        var outcome = LookupOutcome.notFound
        guard
            let lookup = route.driver.submit(requester, table: route.tableIndex, key: key, outcome: &outcome)
        else { return .decided(outcome) }
        return .pending(route.driver, lookup)
    }
}

/// A function, as no span of an object's property may be handed on.
private func isEqual(_ one: [UInt8], _ other: Span<UInt8>) -> Bool { other.isEqual(to: one.span) }
