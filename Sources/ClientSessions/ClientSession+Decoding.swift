// Decodes a request from bytes of each protocol.

internal import LookupProtocols
internal import LookupValues

extension ClientSession {
    /// The result of decoding bytes from an offset on.
    enum Decoded {
        case needsMore
        /// One request. The next one begins at `end`.
        case request(ClientRequest, end: Int)
        /// A request that is too long to be kept. It is skipped from its beginning on.
        case overlong(ClientRequest, SkippedRequest)
        /// No request; the last answer, if there is one.
        case violation(LookupOutcome?)
    }

    mutating func decode(_ bytes: Span<UInt8>, at offset: Int) -> Decoded {
        switch clientProtocol {
        case .socketmap: decodeSocketmap(bytes, at: offset)
        case .proxymap: decodeProxymap(bytes, at: offset)
        }
    }

    /// Decodes a request as in socketmap_table(5).
    private mutating func decodeSocketmap(_ bytes: Span<UInt8>, at offset: Int) -> Decoded {
        switch SocketmapRequest.decode(bytes, at: offset) {
        case .needsMore:
            return .needsMore
        case .request(let request, let end):
            return .request(take(request, for: .lookup), end: end)
        case .overlong(let request, let end):
            return .overlong(take(request, for: .overlongKey), SkippedRequest(netstring: end - offset))
        case .violation(let violation):
            return .violation(violation.outcome)
        }
    }

    private mutating func take(_ request: SocketmapRequest, for purpose: ClientRequest.Purpose)
        -> ClientRequest
    {
        ClientRequest(
            sequence: owed.reserve(), purpose: purpose, folding: .asConfigured, name: request.mapName,
            key: request.key, bytes: 0..<0, form: .socketmap)
    }

    /// Decodes a request as proxymap(8) does.
    private mutating func decodeProxymap(_ bytes: Span<UInt8>, at offset: Int) -> Decoded {
        switch ProxymapRequest.decode(bytes, at: offset) {
        case .needsMore:
            return .needsMore
        case .request(let request, let end):
            return .request(
                take(request, for: .init(request.kind, isWhole: true), request.bytes), end: end)
        case .overlong(let request):
            return .overlong(
                take(request, for: .init(request.kind, isWhole: false), 0..<0),
                SkippedRequest(listOfAtMost: ProxymapRequest.maximumSkippedLength))
        case .violation:
            return .violation(nil)
        }
    }

    private mutating func take(
        _ request: ProxymapRequest, for purpose: ClientRequest.Purpose, _ bytes: Range<Int>
    ) -> ClientRequest {
        ClientRequest(
            sequence: owed.reserve(), purpose: purpose,
            folding: !request.foldsKey ? .none : request.isUTF8 ? .full : .onlyASCII, name: request.table,
            key: request.key, bytes: bytes, form: .proxymap(ProxymapReply(to: request)))
    }
}

extension ClientRequest.Purpose {
    fileprivate init(_ kind: ProxymapRequest.Kind, isWhole: Bool) {
        switch kind {
        case .open: self = .open
        case .lookup: self = isWhole ? .lookup : .overlongKey
        case .update, .delete, .sequence, .unknown: self = .other
        }
    }
}
