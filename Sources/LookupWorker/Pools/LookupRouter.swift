// From a map and a key to the pool that answers, or to an answer that needs no query.

internal import ClientSessions
internal import Configuration
internal import LookupPool
internal import LookupTables
internal import LookupValues

/// A worker's maps as its configuration has them now.
final class LookupRouter {
    /// A map. An object, as requests would copy all that a table is.
    final class Route {
        fileprivate let name: [UInt8]
        /// The type and path that a proxymap client names it by.
        fileprivate let tableName: [UInt8]
        fileprivate let answerer: Answerer
        /// What the worker's counters call it.
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
        /// Nothing but a temporary failure, and why.
        case trouble(String)
    }

    /// A table, and the pool that asks for it.
    fileprivate final class Table {
        let definition: TableDefinition
        let index: Int
        let driver: PoolDriver
        /// The driver's number, as clients' sessions name it.
        let pool: Int32

        init(_ definition: TableDefinition, index: Int, driver: PoolDriver, pool: Int32) {
            self.definition = definition
            self.index = index
            self.driver = driver
            self.pool = pool
        }

        /// Here, so that the definition is not copied for it.
        @inline(never)
        func question(for key: Span<UInt8>, folds extent: KeyFolding.Extent) -> KeyQuestion {
            definition.question(for: key, folds: extent)
        }
    }

    /// What became of a request.
    enum Routing {
        /// It has this answer already.
        case decided(LookupOutcome)
        /// The pool will answer it.
        case pending(LookupToken)
    }

    private let routes: [Route]
    /// How keys are to be folded whose client says nothing of that.
    let folding: KeyFolding.Extent
    /// Why each lookup fails temporarily; nil where the configuration can be used.
    let trouble: String?
    private let counters: LookupCounters

    /// One without any map.
    convenience init(counters: LookupCounters) {
        self.init(
            configuration: DaemonConfiguration(), drivers: [], pools: PoolNumbers(), counters: counters)
    }

    /// - Parameters:
    ///   - drivers: one for each of the configuration's pools, in their order.
    ///   - pools: gives them the numbers that clients' sessions name them by.
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

    /// What becomes of a key that is longer than any that is looked up.
    func refuseKey(in route: Route) -> Routing {
        if case .trouble(let reason) = route.answerer { return .decided(.temporaryFailure(reason)) }
        counters.noteFiltered(map: route.number)
        return .decided(.notFound)
    }

    /// Begins the lookup of a key as the table's query is to have it.
    private func begin(_ key: Span<UInt8>, _ table: Table, from requester: Requester) -> Routing {
        var outcome = LookupOutcome.notFound
        guard
            let lookup = table.driver.submit(requester, table: table.index, key: key, outcome: &outcome)
        else { return .decided(outcome) }
        return .pending(LookupToken(pool: table.pool, lookup: Int32(lookup.index)))
    }
}

/// A function, as no span of an object's property may be handed on.
private func isEqual(_ one: [UInt8], _ other: Span<UInt8>) -> Bool { other.isEqual(to: one.span) }
