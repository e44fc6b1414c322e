// A socketmap client's question that is asked by several keys, as Postfix itself would ask.

internal import ClientSessions
internal import EventLoop
internal import LookupSearch
internal import LookupValues

/// A search that is under way for a request.
struct ClientSearch {
    let request: ClientRequest
    /// The key of the request.
    let key: [UInt8]
    let begunAt: Instant
    var router: LookupRouter
    var route: LookupRouter.Route
    var search: Search
    /// The first place of the portion that is asked for now: its lookup has part 1 of the request.
    var firstPlace = 0
    /// How many lookups have gone to a pool, and when the first query with an outcome was sent; nil if none was.
    var lookups = 0
    /// How many keys were answered by what is kept.
    var kept = 0
    /// Whether some of these may not be known not to be found.
    var isWithoutProof = false
    var sentAt: Instant?

    init(
        _ request: ClientRequest, _ key: [UInt8], _ route: LookupRouter.Route, _ router: LookupRouter,
        now: Instant
    ) {
        self.request = request
        self.key = key
        begunAt = now
        self.router = router
        self.route = route
        search = Self.search(for: key, in: route)
    }

    /// Goes on in another configuration, or begins anew if something has changed for the map.
    ///
    /// - Returns: whether it goes on.
    mutating func move(to route: LookupRouter.Route, of router: LookupRouter) -> Bool {
        let goesOn = route.continues(self.route)
        if !goesOn { search = Self.search(for: key, in: route) }
        self.route = route
        self.router = router
        return goesOn
    }

    private static func search(for key: [UInt8], in route: LookupRouter.Route) -> Search {
        Search(
            for: key.span, by: route.search ?? .wholeKey, tables: route.tableCount, isSerial: !route.isPure)
    }
}

extension ClientConnection {
    func beginSearch(_ request: ClientRequest, _ bytes: Span<UInt8>, in route: LookupRouter.Route) {
        let key = [UInt8](copying: bytes.extracting(request.key))
        proceed(with: ClientSearch(request, key, route, services.router, now: loop.now))
    }

    /// Takes in the outcome of one of a search's lookups. It may be one that was withdrawn when its answer was under way.
    func deliver(_ outcome: LookupOutcome, part: UInt16, ofSearch sequence: UInt32, sentAt: Instant?) {
        guard let index = searches.firstIndex(where: { $0.request.sequence == sequence }) else { return }
        var search = searches.remove(at: index)
        _ = session.settle(part: part, of: search.request, outcome, sharing: share)
        search.search.note(outcome, at: search.firstPlace + Int(part) - 1)
        search.sentAt = search.sentAt ?? sentAt
        proceed(with: search)
    }

    /// Asks for what a search needs next, or answers its request.
    private func proceed(with given: ClientSearch) {
        var search = given
        while true {
            switch search.search.next() {
            case .ask(let places):
                // The pools of a former configuration take no more lookups.
                if search.router !== services.router {
                    guard let route = services.router.route(insteadOf: search.route) else {
                        return answer(
                            search, .temporaryFailure(services.router.trouble ?? "the map is gone"), at: nil)
                    }
                    guard search.move(to: route, of: services.router) else { continue }
                }
                ask(places, of: &search)
            case .wait:
                searches.append(search)
                return
            case .answer(let outcome, let place):
                return answer(search, outcome, at: place)
            }
        }
    }

    private func ask(_ places: Range<Int>, of search: inout ClientSearch) {
        search.firstPlace = places.lowerBound
        let sequence = search.request.sequence
        let folding = services.router.folding(search.request.folding)
        for place in places {
            let (key, _, table) = search.search.question(at: place)
            let part = UInt16(place - places.lowerBound + 1)
            let routing = services.router.lookUp(
                key.bytes.span, inTable: table, of: search.route, folding: folding,
                from: Requester(client: id.number, sequence: sequence, part: part), begunAt: search.begunAt,
                isPart: true)
            switch routing {
            case .decided(let outcome):
                search.search.note(outcome, at: place)
            case .kept(let outcome):
                search.kept += 1
                search.search.note(outcome, at: place)
            case .keptWithoutProof:
                search.kept += 1
                search.isWithoutProof = true
                search.search.note(.notFound, at: place)
            case .pending(let token):
                search.lookups += 1
                session.begin(
                    token, of: search.request, part: part, map: search.route.number, sharing: share,
                    now: search.begunAt)
            }
        }
    }

    private func answer(_ search: ClientSearch, _ outcome: LookupOutcome, at place: Int?) {
        var outcome = outcome
        var hit: Int?
        if case .found(let value) = outcome, let place, let order = search.route.search {
            let (key, number, _) = search.search.question(at: place)
            outcome = .found(order.value(value, foundBy: key, for: search.key.span))
            hit = number
        }
        if outcome == .notFound && search.isWithoutProof {
            outcome = .temporaryFailure(
                "no database host can be reached, and what is kept does not have the key")
        }
        let answered = session.answer(search.request, outcome, withdrawingFrom: share)
        for lookup in answered.withdrawn { withdraw(lookup) }
        let map = search.route.number
        if search.lookups > 0 {
            counters.note(
                answered.outcome, map: map, by: clientProtocol, begunAt: search.begunAt,
                sentAt: search.sentAt,
                now: loop.now)
        } else {
            if answered.outcome == .notFound && search.kept == 0 { counters.noteFiltered(map: map) }
            counters.note(answered.outcome, map: map, by: clientProtocol)
        }
        counters.noteSearch(map: map, keys: search.lookups + search.kept, hit: hit)
        needsFlush()
    }

    func withdraw(_ lookup: WithdrawnLookup) {
        services.pools.cancel(
            lookup.token,
            of: Requester(client: id.number, sequence: lookup.sequence, part: lookup.part))
    }
}
