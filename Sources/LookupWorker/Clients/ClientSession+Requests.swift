// What a session does with a request of each protocol.

internal import Configuration
internal import LookupPool
internal import LookupProtocols
internal import LookupTables
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
                let routing = router.lookUp(key, in: route, folding: router.folding, from: requester)
                begin(routing, sequence, socketmapEncoding, map: route.number)
            } else if let trouble = router.trouble {
                answer(.temporaryFailure(trouble), sequence, socketmapEncoding)
            } else {
                answerUnknownMap(bytes.extracting(request.mapName), sequence)
            }
            return .request(end: end)
        case .overlong(let request, let end):
            let sequence = reserve()
            let router = sessions.router
            if let route = router.route(named: bytes.extracting(request.mapName)) {
                begin(router.refuseKey(in: route), sequence, socketmapEncoding, map: route.number)
            } else if let trouble = router.trouble {
                answer(.temporaryFailure(trouble), sequence, socketmapEncoding)
            } else {
                answerUnknownMap(bytes.extracting(request.mapName), sequence)
            }
            return .skip(SkippedRequest(netstring: end - offset), from: offset)
        case .violation(let violation):
            answer(violation.outcome, reserve(), .socketmap)
            return .violation
        }
    }

    private func answerUnknownMap(_ name: Span<UInt8>, _ sequence: UInt32) {
        counters.noteUnknownMap(by: .socketmap)
        let text = String(decoding: [UInt8](name, name.indices.prefix(100)), as: UTF8.self)
        sessions.mapIsUnknown(text, terms)
        answer(.permanentFailure("there is no map named \(text)"), sequence, .socketmap)
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
                        bytes.extracting(request.key), in: route,
                        folding: !request.foldsKey ? .none : request.isUTF8 ? .full : .onlyASCII,
                        from: Requester(client: number, sequence: sequence))
                    begin(routing, sequence, .proxymap(encoding), map: route.number)
                case .update, .delete, .sequence, .unknown:
                    reply(sequence) { encoding.appendRefusal(to: &$0) }
                }
            } else if router.trouble != nil {
                let type = TableType(ofTable: bytes.extracting(request.table))
                if type != .ours && terms.relayPath != nil {
                    relay([UInt8](bytes, request.bytes[...]), sequence, encoding)
                } else if type != .other && request.kind == .open {
                    // Else the client would do nothing but ask again, until the configuration is mended.
                    reply(sequence) { encoding.appendOpened(to: &$0) }
                } else {
                    reply(sequence) { encoding.appendRetry(to: &$0) }
                }
            } else {
                if terms.relayPath == nil {
                    counters.noteUnknownMap(by: .proxymap)
                    sessions.tableIsUnknown(
                        String(decoding: [UInt8](bytes, request.table.prefix(200)), as: UTF8.self), terms)
                }
                relay([UInt8](bytes, request.bytes[...]), sequence, encoding)
            }
            return .request(end: end)
        case .overlong(let request):
            let sequence = reserve()
            let encoding = ProxymapReply(to: request)
            let router = sessions.router
            if request.kind == .lookup, let route = router.route(toTable: bytes.extracting(request.table)) {
                begin(router.refuseKey(in: route), sequence, .proxymap(encoding), map: route.number)
            } else {
                // Of another table's, not all is here to be relayed. No client dies of this.
                reply(sequence) { encoding.appendRefusal(to: &$0) }
            }
            return .skip(
                SkippedRequest(listOfAtMost: ProxymapRequest.maximumSkippedLength), from: offset)
        case .violation:
            return .violation
        }
    }
}

/// What can be said of a table without a configuration.
private enum TableType {
    /// A `pgsql:` table may be one that is served here.
    case ours
    /// Postfix opens it as a table with fixed keys, as a `pgsql:` table is.
    case fixed
    /// It may hold patterns: a client that takes its keys for fixed ones would ask for parts of a key.
    case other

    init(ofTable name: Span<UInt8>) {
        var type = ""
        for index in name.indices {
            if name[index] == UInt8(ascii: ":") { break }
            type.unicodeScalars.append(Unicode.Scalar(name[index]))
        }
        if type == "pgsql" {
            self = .ours
        } else {
            self = Self.fixedTypes.contains(type) ? .fixed : .other
        }
    }

    /// Those of DATABASE_README whose DICT has DICT_FLAG_FIXED.
    private static let fixedTypes: Set<String> = [
        "btree", "cdb", "dbm", "environ", "hash", "inline", "ldap", "lmdb", "memcache", "mongodb", "mysql",
        "nis",
        "nisplus", "sdbm", "sqlite", "texthash", "unix",
    ]
}

extension [UInt8] {
    /// A copy of a part of a span.
    fileprivate init(_ bytes: Span<UInt8>, _ range: Range<Int>.SubSequence) {
        self.init(capacity: range.count) { output in
            for index in range { output.append(bytes[index]) }
        }
    }
}
