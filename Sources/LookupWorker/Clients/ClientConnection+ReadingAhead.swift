// A proxymap client's searches: the next keys are asked for ahead of its requests.

internal import ClientSessions
internal import EventLoop
internal import LookupSearch
internal import LookupValues

extension ClientConnection {
    /// Answers a lookup by what was read ahead, or begins it, and reads ahead if it begins a search.
    func lookUpReadingAhead(_ request: ClientRequest, _ bytes: Span<UInt8>, in route: LookupRouter.Route) {
        let key = bytes.extracting(request.key)
        // The same table may have another query by now.
        if routerNumber != services.routerNumber { endReadingAhead() }
        let table = AskedTable(
            map: route.number, name: route.name, folding: request.folding.rawValue)
        let reply = readAhead.ask(key, in: table, by: request.sequence, now: loop.now, &services.readAhead)
        switch reply {
        case .answered(let outcome):
            counters.note(outcome, map: route.number, by: clientProtocol)
            session.answer(request, outcome)
            needsFlush()
        case .waits(let token):
            session.begin(token, of: request, map: route.number, sharing: share, now: loop.now)
        case .unknown(let isBeginning):
            let goesOn = lookUp(request, key, in: route)
            if isBeginning && goesOn { beginReadingAhead(request, key, in: route, table) }
        }
        withdrawReadAhead()
    }

    private func beginReadingAhead(
        _ request: ClientRequest, _ key: Span<UInt8>, in route: LookupRouter.Route, _ table: AskedTable
    ) {
        guard !route.searches.isEmpty, route.isFreelyAsked,
            services.readAhead.allowsReadingAhead(inMap: route.number, at: loop.now)
        else { return }
        routerNumber = services.routerNumber
        services.expireReadAheadLater()
        let keys = route.searches.sharedKeys(for: key, atMost: Self.mostKeys)
        let places = readAhead.begin(
            keys, in: table, by: request.sequence, now: loop.now, &services.readAhead)
        let folding = services.router.folding(request.folding)
        for place in places {
            let requester = Requester(
                client: id.number, sequence: request.sequence, part: UInt16(place))
            let key = keys[place]
            let routing = services.router.lookUp(
                key.span, inTable: 0, of: route, folding: folding, from: requester,
                begunAt: loop.now)
            // What is decided now, or kept, is found again when it is asked for.
            guard case .pending(let token) = routing else { continue }
            readAhead.noteBegun(token, at: place, by: request.sequence, &services.readAhead)
        }
    }

    /// The most keys of a search that are read ahead.
    private static let mostKeys = 32

    /// The client has asked something else than a key.
    func endReadingAhead() {
        if !hasReadAhead { return }
        readAhead.noteOtherRequest(now: loop.now, &services.readAhead)
        withdrawReadAhead()
    }

    /// Takes in the outcome of a request's own lookup.
    func noteReadAhead(_ sequence: UInt32, _ outcome: LookupOutcome) {
        readAhead.noteAnswer(to: sequence, outcome, now: loop.now, &services.readAhead)
        withdrawReadAhead()
    }

    /// Takes in the outcome of a lookup that was begun ahead of its request.
    func deliver(_ outcome: LookupOutcome, place: UInt16, readAheadBy sequence: UInt32, sentAt: Instant?) {
        let settlement = readAhead.settle(
            outcome, at: Int(place), of: sequence, now: loop.now, &services.readAhead)
        switch settlement {
        case .taken: break
        case .answers(let request): settle(request, outcome, sentAt: sentAt)
        case .asksAnew(let request, let table, let key): ask(anew: request, key, in: table)
        }
        withdrawReadAhead()
    }

    /// Asks for a key whose lookup was begun ahead of its request and has failed: that is no answer to the request.
    private func ask(anew sequence: UInt32, _ key: [UInt8], in table: AskedTable) {
        guard let begunAt = session.begunAt(sequence) else { return }
        guard let route = services.router.route(toTable: table.name.span) else {
            return settle(
                sequence, .temporaryFailure(services.router.trouble ?? "the table is gone"), sentAt: nil)
        }
        let routing = services.router.lookUp(
            key.span, inTable: 0, of: route,
            folding: services.router.folding(ClientRequest.Folding(rawValue: table.folding)!),
            from: Requester(client: id.number, sequence: sequence), begunAt: begunAt)
        switch routing {
        case .decided(let outcome), .kept(let outcome): settle(sequence, outcome, sentAt: nil)
        case .keptWithoutProof: preconditionFailure("a lookup by itself was taken for a part of a search")
        case .pending(let token): session.replace(lookupOf: sequence, by: token)
        }
    }

    /// Drops what was read ahead if it is too old to be used.
    func expireReadAhead() {
        if !hasReadAhead { return }
        readAhead.expire(now: loop.now, &services.readAhead)
        withdrawReadAhead()
    }

    /// The client has gone.
    func dropReadAhead() {
        if !hasReadAhead { return }
        readAhead.end(now: loop.now, &services.readAhead)
        withdrawReadAhead()
    }

    /// Withdraws the lookups that are of no use any more.
    private func withdrawReadAhead() {
        hasReadAhead = !readAhead.isEmpty
        for lookup in readAhead.takeWithdrawn() {
            services.pools.cancel(
                lookup.token,
                of: Requester(client: id.number, sequence: lookup.request, part: lookup.place))
        }
    }
}
