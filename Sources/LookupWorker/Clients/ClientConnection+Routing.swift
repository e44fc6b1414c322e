// From a client's request to the map that answers it.

internal import ClientSessions
internal import EventLoop
internal import LookupValues

extension ClientConnection {
    /// Has a request answered by its map or table, or refused if there is none.
    func route(_ request: ClientRequest, _ bytes: Span<UInt8>) {
        let router = services.router
        let name = bytes.extracting(request.name)
        let found =
            switch clientProtocol {
            case .socketmap: router.route(named: name)
            case .proxymap: router.route(toTable: name)
            }
        guard let found else { return answerUnserved(request, bytes, router.trouble) }
        switch request.purpose {
        case .lookup where found.isSearched:
            beginSearch(request, bytes, in: found)
        case .lookup where services.readsAhead && clientProtocol == .proxymap || hasReadAhead:
            lookUpReadingAhead(request, bytes, in: found)
        case .lookup:
            lookUp(request, bytes.extracting(request.key), in: found)
        case .overlongKey:
            endReadingAhead()
            begin(router.refuseKey(in: found), request, map: found.number)
        case .open, .other:
            endReadingAhead()
            session.answerServed(request)
            needsFlush()
        }
    }

    /// Begins a request's only lookup.
    ///
    /// - Returns: whether it may be the first one of a search: it is pending, or was answered "not found" by what is kept.
    @discardableResult
    @inline(__always)
    func lookUp(_ request: ClientRequest, _ key: Span<UInt8>, in route: LookupRouter.Route) -> Bool {
        let router = services.router
        let routing = router.lookUp(
            key, in: route, folding: router.folding(request.folding),
            from: Requester(client: id.number, sequence: request.sequence), now: loop.now)
        return begin(routing, request, map: route.number)
    }

    /// - Parameter map: the number of the map that was asked.
    /// - Returns: see `lookUp`.
    @discardableResult
    private func begin(_ routing: LookupRouter.Routing, _ request: ClientRequest, map: Int) -> Bool {
        switch routing {
        case .decided(let outcome):
            counters.note(outcome, map: map, by: clientProtocol)
            session.answer(request, outcome)
            needsFlush()
            return false
        case .kept(let outcome):
            counters.note(outcome, map: map, by: clientProtocol)
            session.answer(request, outcome)
            needsFlush()
            return outcome == .notFound
        case .keptWithoutProof:
            preconditionFailure("a lookup by itself was taken for a part of a search")
        case .pending(let lookup):
            session.begin(lookup, of: request, map: map, sharing: share, now: loop.now)
            return true
        }
    }

    private func answerUnserved(_ request: ClientRequest, _ bytes: Span<UInt8>, _ trouble: String?) {
        endReadingAhead()
        let unserved = session.answerUnserved(
            request, in: bytes, trouble: trouble, relayPath: terms.relayPath, now: loop.now)
        switch unserved {
        case .answered:
            needsFlush()
        case .unknown(let name):
            counters.noteUnknownMap(by: clientProtocol)
            services.log.isUnknown(name, clientProtocol, terms)
            needsFlush()
        case .relayed:
            counters.noteRelayed(by: clientProtocol)
            watchRelay()
            performRelaySteps()
        }
    }
}
