// Answers that need no key: about tables that are served, and about maps and tables that are not.

internal import LookupProtocols
package import LookupValues

extension ClientSession {
    /// Answers a request for a table that is served, by the table's properties: no lookup is needed.
    package mutating func answerServed(_ request: ClientRequest) {
        switch (request.purpose, request.form) {
        case (.open, .proxymap(let reply)): owed.settle(request.sequence) { reply.appendOpened(to: &$0) }
        case (.other, .proxymap(let reply)): owed.settle(request.sequence) { reply.appendRefusal(to: &$0) }
        case (.lookup, _), (.overlongKey, _), (_, .socketmap):
            preconditionFailure("a lookup is not answered by its table")
        }
    }

    /// What happened to a request for a map or a table that is not served.
    package enum Unserved: Equatable, Sendable {
        /// It is answered.
        case answered
        /// It is answered. The name, given here, is in no configuration.
        case unknown(String)
        /// It waits for Postfix's own proxymap: `nextRelayStep` says what to do.
        case relayed
    }

    /// Answers a request for a map or a table that is not served.
    ///
    /// - Parameters:
    ///   - bytes: the bytes that it was decoded from.
    ///   - trouble: why the configuration can't be used, so that the served maps and tables are not known.
    ///   - relayPath: the socket of Postfix's own proxymap(8); nil if there is none.
    package mutating func answerUnserved(
        _ request: ClientRequest, in bytes: Span<UInt8>, trouble: String?, relayPath: String?, now: Instant
    ) -> Unserved {
        switch request.form {
        case .socketmap:
            if let trouble {
                answer(request, .temporaryFailure(trouble))
                return .answered
            }
            let name = text(bytes, request.name.prefix(100))
            answer(request, .permanentFailure("there is no map named \(name)"))
            return .unknown(name)
        case .proxymap(let reply):
            // A request that is too long is not here in full, so it can't be relayed. No client dies of a refusal.
            if request.bytes.isEmpty {
                owed.settle(request.sequence) { reply.appendRefusal(to: &$0) }
                return .answered
            }
            let type = trouble == nil ? TableType.other : TableType(ofTable: bytes.extracting(request.name))
            if let relayPath, type != .ours {
                let copy = [UInt8](copying: bytes.extracting(request.bytes))
                relay.forward(
                    RelayedRequest(bytes: copy, sequence: request.sequence, reply: reply), to: relayPath,
                    now: now)
                return .relayed
            }
            guard trouble != nil else {
                owed.settle(request.sequence) { reply.appendRefusal(to: &$0) }
                return .unknown(text(bytes, request.name.prefix(200)))
            }
            // Otherwise the client would only ask again, until the configuration is mended.
            if type != .other && request.purpose == .open {
                owed.settle(request.sequence) { reply.appendOpened(to: &$0) }
            } else {
                owed.settle(request.sequence) { reply.appendRetry(to: &$0) }
            }
            return .answered
        }
    }

    private func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
        String(decoding: [UInt8](copying: bytes.extracting(range)), as: UTF8.self)
    }
}

/// What is known of a table without a configuration.
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

    /// The types in DATABASE_README whose DICT has DICT_FLAG_FIXED.
    private static let fixedTypes: Set<String> = [
        "btree", "cdb", "dbm", "environ", "hash", "inline", "ldap", "lmdb", "memcache", "mongodb", "mysql",
        "nis",
        "nisplus", "sdbm", "sqlite", "texthash", "unix",
    ]
}
