// Batches whose end is waited for, on threads that may block: of new connections, and in `mapmux check`.

internal import EventLoop
internal import LookupValues
internal import PostgreSQL

extension Connection {
    /// Executes a statement in a batch of its own, and returns the values of its rows that are not NULL.
    ///
    /// - Throws: the server's refusal with its SQLSTATE; without one where the connection is of no use any more, or
    ///   nothing has come until `deadline`.
    func ask(_ sql: String, until deadline: Instant) throws(ServerError) -> [String] {
        try complete(until: deadline) { $0.sendStatement(appendSQL: { $0 += sql.utf8 }) }
    }

    /// Prepares a statement in a batch of its own. Throws as `ask` does.
    func prepare(_ sql: String, as name: String = "", until deadline: Instant) throws(ServerError) {
        _ = try complete(until: deadline) { $0.sendPrepare(name: name, sql: sql) }
    }

    private func complete(
        until deadline: Instant, _ send: (Connection) -> Bool
    ) throws(ServerError) -> [String] {
        guard send(self), sendSync() else { throw error }
        var values: [String] = []
        var failure: ServerError?
        while true {
            while let result = nextResult() {
                switch consume result {
                case .succeeded(let rows): rows.forEachValue { values.append($0.text) }
                case .failed(let error): failure = error
                case .prepared: continue
                case .aborted: continue
                case .synced:
                    if let failure { throw failure }
                    return values
                // Whatever its code says, it is no refusal of this statement only.
                case .disconnected(let error): throw ServerError(sqlState: "", message: "\(error)")
                }
            }
            let flush = flush()
            if flush == .disconnected { throw error }
            let wanted: Readiness = flush == .blocked ? [.readable, .writable] : .readable
            guard waitUntilReady(descriptor, for: wanted, until: deadline) else {
                throw ServerError(sqlState: "", message: "no answer in time")
            }
            consumeInput()
        }
    }
}

extension Span<UInt8> {
    /// The bytes as text.
    var text: String { unsafe withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) } }
}
