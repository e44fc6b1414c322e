// Finds the pool that answers for a map and a key, or the answer if no query is needed.

internal import ClientSessions
internal import Configuration
internal import LookupPool
internal import LookupTables
internal import LookupValues

/// A worker's maps as its configuration has them now.
final class LookupRouter {
    /// A map. It is an object, as each request would otherwise copy the whole table.
    final class Route {
        fileprivate let name: [UInt8]
        /// The type and path by which a proxymap client names it.
        fileprivate let tableName: [UInt8]
        fileprivate let answerer: Answerer
        /// Its number in the worker's counters.
        let number: Int

        fileprivate init(_ map: ConfiguredMap, _ answerer: Answerer, number: Int) {
            name = Array(map.name.utf8)
            tableName = Array("pgsql:\(map.file)".utf8)
            self.answerer = answerer
            self.number = number
        }
    }

    /// What answers for a map.
    fileprivate enum Answerer {
        case table(Table)
        /// Every lookup fails temporarily, for this reason.
        case trouble(String)
    }

    /// A table, and the pool that sends its queries.
    fileprivate final class Table {
        let definition: TableDefinition
        let index: Int
        let driver: PoolDriver
        /// The driver's number, as clients' sessions use it.
        let pool: Int32

        init(_ definition: TableDefinition, index: Int, driver: PoolDriver, pool: Int32) {
            self.definition = definition
            self.index = index
            self.driver = driver
            self.pool = pool
        }

        /// A method of this object, so that the definition is not copied.
        @inline(never)
        func question(for key: Span<UInt8>, folds extent: KeyFolding.Extent) -> KeyQuestion {
            definition.question(for: key, folds: extent)
        }
    }

    /// What became of a request.
    enum Routing {
        /// The request has this answer already.
        case decided(LookupOutcome)
        /// The pool will answer it.
        case pending(LookupToken)
    }

    private let routes: [Route]
    /// How keys are folded if the client does not say.
    let folding: KeyFolding.Extent
    /// Why each lookup fails temporarily; nil if the configuration can be used.
    let trouble: String?
    private let counters: LookupCounters

    /// A router without any map.
    convenience init(counters: LookupCounters) {
        self.init(
            configuration: DaemonConfiguration(), drivers: [], pools: PoolNumbers(), counters: counters)
    }

    /// - Parameters:
    ///   - drivers: one for each of the configuration's pools, in the same order.
    ///   - pools: gives them the numbers that clients' sessions use.
    init(
        configuration: DaemonConfiguration, drivers: [PoolDriver], pools: PoolNumbers,
        counters: LookupCounters
    ) {
        self.counters = counters
        routes = zip(configuration.maps, counters.adopt(configuration)).map { map, number in
            if let place = map.place, let table = configuration.table(of: map) {
                let driver = drivers[place.pool]
                let table = Table(
                    table, index: place.table, driver: driver, pool: pools.number(of: driver))
                return Route(map, .table(table), number: number)
            }
            return Route(map, .trouble(map.trouble!.reason), number: number)
        }
        folding = configuration.settings.folding
        trouble = configuration.trouble
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
        _ given: Span<UInt8>, in route: Route, folding: KeyFolding.Extent, from requester: Requester
    ) -> Routing {
        let table: Table
        switch route.answerer {
        case .table(let answering): table = answering
        case .trouble(let reason): return .decided(.temporaryFailure(reason))
        }
        switch table.question(for: given, folds: folding) {
        case .asGiven: return begin(given, table, from: requester)
        case .folded(let key): return begin(key.span, table, from: requester)
        case .notFound(.notUTF8, _):
            counters.noteNotUTF8(map: route.number)
            return .decided(.notFound)
        case .notFound:
            counters.noteFiltered(map: route.number)
            return .decided(.notFound)
        }
    }

    /// The answer for a key that is too long to be looked up.
    func refuseKey(in route: Route) -> Routing {
        if case .trouble(let reason) = route.answerer { return .decided(.temporaryFailure(reason)) }
        counters.noteFiltered(map: route.number)
        return .decided(.notFound)
    }

    /// Begins the lookup of a key in the form that the table's query takes.
    private func begin(_ key: Span<UInt8>, _ table: Table, from requester: Requester) -> Routing {
        var outcome = LookupOutcome.notFound
        guard
            let lookup = table.driver.submit(requester, table: table.index, key: key, outcome: &outcome)
        else { return .decided(outcome) }
        return .pending(LookupToken(pool: table.pool, lookup: Int32(lookup.index)))
    }
}

/// A function, as a span of an object's property may not be passed on.
private func isEqual(_ one: [UInt8], _ other: Span<UInt8>) -> Bool { other.isEqual(to: one.span) }
