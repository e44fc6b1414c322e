// Finds the pool that answers for a map and a key, or the answer if no query is needed.

internal import AnswerCache
internal import ClientSessions
internal import Configuration
internal import LookupPool
internal import LookupSearch
internal import LookupTables
internal import LookupValues
internal import PoolDrivers

/// A worker's maps as its configuration has them now.
final class LookupRouter {
    /// A map as socketmap clients name it, or a table as proxymap clients do. It is an object, as each request would
    /// otherwise copy the whole table.
    final class Route {
        /// The map's name, or the type and path of the table.
        let name: [UInt8]
        /// What is asked first, and what is asked for a key if that does not have it.
        fileprivate let first: Answerer
        fileprivate let others: [Answerer]
        /// Its number in the worker's counters.
        let number: Int
        /// How a socketmap client's question is searched; nil: it is a single lookup.
        let search: SearchOrder?
        /// Whether there is such a search. Reading it copies less.
        let isSearched: Bool
        /// The orders in which proxymap clients may search, so that it can be read ahead; none: it can't.
        let searches: [SearchOrder]

        fileprivate init(
            _ name: String, _ answerers: [Answerer], number: Int, search: SearchOrder? = nil,
            searches: [SearchOrder] = []
        ) {
            self.name = Array(name.utf8)
            first = answerers[0]
            others = Array(answerers.dropFirst())
            self.number = number
            self.search = search ?? (others.isEmpty ? nil : .wholeKey)
            isSearched = self.search != nil
            self.searches = searches
        }

        var tableCount: Int { others.count + 1 }

        /// Those that can be asked.
        var tables: [Table] {
            ([first] + others).compactMap { if case .table(let table) = $0 { table } else { nil } }
        }

        /// Whether a search that has begun in the other one may go on in this one: nothing has changed for it.
        func continues(_ other: Route) -> Bool {
            name == other.name && search == other.search && others.count == other.others.count
                && first.isSame(as: other.first) && zip(others, other.others).allSatisfy { $0.isSame(as: $1) }
        }

        /// Whether a search may ask for places that Postfix would ask for only if those before them have nothing.
        var isPure: Bool { first.isPure && others.allSatisfy(\.isPure) }

        /// Whether a search that has only just begun may be asked for to its end, though it may end before.
        var isFreelyAsked: Bool {
            if case .table(let table) = first { table.driver.isFreelyAsked(table.index) } else { false }
        }
    }

    /// What answers for a map.
    fileprivate enum Answerer {
        case table(Table)
        /// Every lookup fails temporarily, for this reason.
        case trouble(String)

        var isPure: Bool {
            if case .table(let table) = self { table.driver.isPure(table.index) } else { true }
        }

        /// A pool stays with all of its tables, or not at all.
        func isSame(as other: Answerer) -> Bool {
            switch (self, other) {
            case (.table(let table), .table(let former)):
                table.driver === former.driver && table.index == former.index
            case (.trouble(let reason), .trouble(let former)): reason == former
            case (.table, .trouble), (.trouble, .table): false
            }
        }
    }

    /// A table, and the pool that sends its queries.
    final class Table {
        let definition: TableDefinition
        let index: Int
        let driver: PoolDriver
        /// The driver's number, as clients' sessions use it.
        let pool: Int32
        /// Its number in the cache; nil: its answers are not kept.
        fileprivate let cacheNumber: Int?
        fileprivate let isGivenWhileDown: Bool

        fileprivate init(_ definition: TableDefinition, index: Int, driver: PoolDriver, pool: Int32) {
            self.definition = definition
            self.index = index
            self.driver = driver
            self.pool = pool
            // A router is made when the drivers know what they keep: see `Worker.adopt`.
            let cached = driver.cachedTable(index)
            cacheNumber = cached?.number
            isGivenWhileDown = cached?.options.staleBound != nil
        }

        /// A method of this object, so that the definition is not copied.
        @inline(never)
        func question(for key: Span<UInt8>, folds extent: KeyFolding.Extent) -> KeyQuestion {
            definition.question(for: key, folds: extent)
        }
    }

    /// What became of a request.
    enum Routing {
        /// The request has this answer already: the table need not be asked.
        case decided(LookupOutcome)
        /// The request has this answer already: it was kept.
        case kept(LookupOutcome)
        /// One key of a search has nothing in what is kept while no host can be asked. Nobody may be told that it is not found,
        /// but another key of the search may be.
        case keptWithoutProof
        /// The pool will answer it.
        case pending(LookupToken)
    }

    let maps: [Route]
    private let tables: [Route]
    /// How keys are folded if the client does not say.
    private let folding: KeyFolding.Extent
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
        let settings = configuration.settings
        var maps: [(name: String, number: Int, answerers: [Answerer])] = []
        var tables: [Route] = []
        for (map, number) in zip(configuration.maps, counters.adopt(configuration)) {
            var answerer = Answerer.trouble(map.trouble?.reason ?? "")
            if let place = map.place, let table = configuration.table(of: map) {
                let driver = drivers[place.pool]
                answerer = .table(
                    Table(table, index: place.table, driver: driver, pool: pools.number(of: driver)))
            }
            // A table may stand in several maps.
            let searches = configuration.maps.filter { $0.file == map.file }
                .flatMap { settings.proxymapSearches(ofMap: $0.name) }
            tables.append(Route("pgsql:\(map.file)", [answerer], number: number, searches: searches))
            // The tables of a map follow each other.
            if maps.last?.name == map.name {
                maps[maps.count - 1].answerers.append(answerer)
            } else {
                maps.append((map.name, number, [answerer]))
            }
        }
        self.tables = tables
        self.maps = maps.map {
            Route($0.name, $0.answerers, number: $0.number, search: settings.socketmapSearch(ofMap: $0.name))
        }
        folding = configuration.settings.folding
        trouble = configuration.trouble
    }

    /// How much of a request's key is folded.
    func folding(_ folding: ClientRequest.Folding) -> KeyFolding.Extent {
        switch folding {
        case .asConfigured: self.folding
        case .none: .none
        case .onlyASCII: .onlyASCII
        case .full: .full
        }
    }

    /// The map with this name, as socketmap clients call it.
    func route(named name: Span<UInt8>) -> Route? {
        // A handful of names of different lengths: comparing beats hashing.
        maps.first { isEqual($0.name, name) }
    }

    /// The map with the same name in this configuration as that one had in another.
    func route(insteadOf former: Route) -> Route? {
        maps.first { $0.name == former.name }
    }

    /// A map of this table, as proxymap clients call it: `type:name`.
    func route(toTable name: Span<UInt8>) -> Route? {
        tables.first { isEqual($0.name, name) }
    }

    /// Begins the only lookup of a request.
    ///
    /// - Parameter now: when the request has come.
    func lookUp(
        _ given: Span<UInt8>, in route: Route, folding: KeyFolding.Extent, from requester: Requester,
        now: Instant
    ) -> Routing {
        let table: Table
        switch route.first {
        case .table(let answering): table = answering
        case .trouble(let reason): return .decided(.temporaryFailure(reason))
        }
        switch table.question(for: given, folds: folding) {
        case .asGiven: return begin(given, table, from: requester, begunAt: now)
        case .folded(let key): return begin(key.span, table, from: requester, begunAt: now)
        case .notFound(.notUTF8, _):
            counters.noteNotUTF8(map: route.number)
            return .decided(.notFound)
        case .notFound:
            counters.noteFiltered(map: route.number)
            return .decided(.notFound)
        }
    }

    /// Begins one of several lookups of a request. Keys that are decided without a query are not counted.
    ///
    /// - Parameters:
    ///   - table: which of the map's tables is asked.
    ///   - begunAt: when the request has come.
    ///   - isPart: whether it is a part of a search, of which only the end is told.
    func lookUp(
        _ given: Span<UInt8>, inTable table: Int, of route: Route, folding: KeyFolding.Extent,
        from requester: Requester, begunAt: Instant, isPart: Bool = false
    ) -> Routing {
        switch table == 0 ? route.first : route.others[table - 1] {
        case .trouble(let reason): return .decided(.temporaryFailure(reason))
        case .table(let table):
            switch table.question(for: given, folds: folding) {
            case .asGiven: return begin(given, table, from: requester, begunAt: begunAt, isPart: isPart)
            case .folded(let key):
                return begin(key.span, table, from: requester, begunAt: begunAt, isPart: isPart)
            case .notFound: return .decided(.notFound)
            }
        }
    }

    /// The answer for a key that is too long to be looked up.
    func refuseKey(in route: Route) -> Routing {
        if case .trouble(let reason) = route.first { return .decided(.temporaryFailure(reason)) }
        // Parts of it need not be too long.
        if route.isSearched {
            return .decided(.temporaryFailure("the key is too long to be searched for"))
        }
        counters.noteFiltered(map: route.number)
        return .decided(.notFound)
    }

    /// Begins the lookup of a key in the form that the table's query takes.
    private func begin(
        _ key: Span<UInt8>, _ table: Table, from requester: Requester, begunAt: Instant, isPart: Bool = false
    ) -> Routing {
        var terms = AskTerms.unkept
        if let number = table.cacheNumber {
            switch table.driver.findKept(number, key) {
            case .kept(let outcome): return .kept(outcome)
            case .asked(let asked): terms = asked
            }
            if table.isGivenWhileDown, table.driver.isDown,
                let stale = table.driver.findWhileDown(table.index, key)
            {
                if stale.isFinal { return .kept(stale.outcome) }
                if isPart { return .keptWithoutProof }
            }
        }
        var outcome = LookupOutcome.notFound
        guard
            let lookup = table.driver.submit(
                requester, table: table.index, key: key, begunAt: begunAt, terms, outcome: &outcome)
        else { return .decided(outcome) }
        return .pending(LookupToken(pool: table.pool, lookup: Int32(lookup.index)))
    }
}

/// A function, as a span of an object's property may not be passed on.
private func isEqual(_ one: [UInt8], _ other: Span<UInt8>) -> Bool { other.isEqual(to: one.span) }
