// What a session does with a request of each protocol.

internal import LookupPool
internal import LookupProtocols
internal import LookupValues

extension ClientSession {
    /// Takes in a request as in socketmap_table(5).
    func takeSocketmapRequest(_ bytes: Span<UInt8>, at offset: Int) -> Step {
        switch SocketmapRequest.decode(bytes, at: offset) {
        case .needsMore:
            return .needsMore
        case .request(let request, let end):
            let sequence = reserve()
            let requester = Requester(client: number, sequence: sequence)
            let router = sessions.router
            if let route = router.route(named: bytes.extracting(request.mapName)) {
                let key = bytes.extracting(request.key)
                let routing = router.lookUp(key, in: route, folds: router.foldsKeys, from: requester)
                begin(routing, sequence, socketmapEncoding, map: route.number)
            } else {
                counters.noteUnknownMap(by: .socketmap)
                let name = String(decoding: [UInt8](bytes, request.mapName.prefix(100)), as: UTF8.self)
                answer(.permanentFailure("there is no map named \(name)"), sequence, .socketmap)
            }
            return .request(end: end)
        case .violation(let violation):
            answer(violation.outcome, reserve(), .socketmap)
            return .violation
        }
    }

    /// Takes in a request as proxymap(8) does: for a table that is served, or else for Postfix's own proxymap.
    func takeProxymapRequest(_ bytes: Span<UInt8>, at offset: Int) -> Step {
        switch ProxymapRequest.decode(bytes, at: offset) {
        case .needsMore:
            return .needsMore
        case .request(let request, let end):
            let sequence = reserve()
            let encoding = ProxymapReply(to: request)
            let router = sessions.router
            if let route = router.route(toTable: bytes.extracting(request.table)) {
                switch request.kind {
                case .open:
                    reply(sequence) { encoding.appendOpened(to: &$0) }
                case .lookup:
                    let routing = router.lookUp(
                        bytes.extracting(request.key), in: route, folds: request.foldsKey,
                        from: Requester(client: number, sequence: sequence))
                    begin(routing, sequence, .proxymap(encoding), map: route.number)
                case .update, .delete, .sequence, .unknown:
                    reply(sequence) { encoding.appendRefusal(to: &$0) }
                }
            } else {
                relay([UInt8](bytes, request.bytes[...]), sequence, encoding)
            }
            return .request(end: end)
        case .violation:
            return .violation
        }
    }
}

extension [UInt8] {
    /// A copy of a part of a span.
    fileprivate init(_ bytes: Span<UInt8>, _ range: Range<Int>.SubSequence) {
        self.init(capacity: range.count) { output in
            for index in range { output.append(bytes[index]) }
        }
    }
}
