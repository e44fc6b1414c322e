// The answers of a read-only proxymap(8), for each kind and generation of request.

package import LookupValues

/// What a session must remember of a request to encode its answer.
package struct ProxymapReply: Equatable, Sendable {
    /// Postfix's PROXY_STAT codes, dict_proxy.h.
    enum Status: UInt8 {
        case ok = 0
        case noKey = 1
        case retry = 2
        case bad = 3
        case deny = 4
    }

    /// The longest value sent, in bytes.
    ///
    /// Postfix itself has no limit here: the client of 3.7 takes 20,000,000 bytes. Our limit is room for an alias with
    /// 100,000 members.
    package static let maximumValueLength = 4_194_304

    private let kind: ProxymapRequest.Kind
    private let generation: ProxymapRequest.Generation
    private let flags: ProxymapFlags

    package init(to request: ProxymapRequest) {
        kind = request.kind
        generation = request.generation
        flags = request.flags
    }

    /// Appends the answer to a lookup. For another kind of request, this is our own mistake and traps.
    ///
    /// A failure becomes RETRY, even a permanent one: clients die of DENY and BAD, and old ones don't know CONFIG and ask
    /// again for ever. A value that is too long, or that holds a NUL, becomes RETRY too: no reply can hold it.
    package func append(_ outcome: LookupOutcome, to output: inout [UInt8]) {
        precondition(kind == .lookup, "only a lookup has an outcome")
        switch outcome {
        case .found(let value):
            precondition(!value.isEmpty, "a value that was found is never empty")
            if value.count <= Self.maximumValueLength && !value.contains(0) {
                append(.ok, value: value, to: &output)
            } else {
                append(.retry, to: &output)
            }
        case .notFound:
            append(.noKey, to: &output)
        case .temporaryFailure, .permanentFailure:
            append(.retry, to: &output)
        }
    }

    /// Appends the answer to an open request for a table that is served: its flags, and the flags that a `pgsql:` table
    /// adds. For another kind of request, this is our own mistake and traps.
    package func appendOpened(to output: inout [UInt8]) {
        precondition(kind == .open, "only an open request opens a table")
        append(.ok, to: &output)
    }

    /// Appends the answer to a request that is not served: the table is not one of ours, or the request is not for reading.
    ///
    /// The answer to an open, update or delete request is DENY, as from Postfix's own read-only service, and the answer to
    /// an unknown request is BAD. The answer to a lookup is RETRY. So is the answer to a sequence request, on which
    /// Postfix's own service dies for a `pgsql:` table: every client knows RETRY and survives it.
    package func appendRefusal(to output: inout [UInt8]) {
        switch kind {
        case .open, .update, .delete: append(.deny, to: &output)
        case .lookup, .sequence: append(.retry, to: &output)
        case .unknown: append(.bad, to: &output)
        }
    }

    /// Appends RETRY, for any kind of request. A client that gets it for an open request asks again after a second, until
    /// it gets another answer.
    package func appendRetry(to output: inout [UInt8]) {
        append(.retry, to: &output)
    }

    /// Appends the attributes of a reply to this kind and generation of request. Clients read strictly: these names, in
    /// this order.
    private func append(_ status: Status, value: [UInt8] = [], to output: inout [UInt8]) {
        output.append(contentsOf: "status\0".utf8)
        output.append(UInt8(ascii: "0") + status.rawValue)
        output.append(0)
        switch kind {
        case .open:
            appendFlags(status == .ok ? openedFlags : [], to: &output)
        case .lookup:
            if generation == .from311 { appendFlags(flags, to: &output) }
            output.append(contentsOf: "value\0".utf8)
            output.append(value.span)
            output.append(0)
        case .update, .delete:
            if generation == .from311 { appendFlags(flags, to: &output) }
        case .sequence:
            if generation == .from311 { appendFlags(flags, to: &output) }
            output.append(contentsOf: "key\0\0value\0\0".utf8)
        case .unknown:
            break
        }
        output.append(0)
    }

    /// The flags of a `pgsql:` table that was opened with the flags of the request.
    private var openedFlags: ProxymapFlags {
        switch generation {
        case .upTo310: flags.union(.fixed)
        case .from311: flags.union(flags.contains(.utf8Request) ? [.fixed, .utf8Active] : .fixed)
        }
    }

    private func appendFlags(_ flags: ProxymapFlags, to output: inout [UInt8]) {
        output.append(contentsOf: "flags\0".utf8)
        output.append(addingCapacity: 10) { $0.append(decimal: Int(flags.rawValue)) }
        output.append(0)
    }
}
