// From a map name and a key to the pool that answers, or to an answer that needs no query.

internal import LookupPool
internal import LookupTables
internal import LookupValues

/// A worker's maps as its configuration has them now.
final class LookupRouter {
    /// What became of a request.
    enum Routing {
        /// It has this answer already.
        case decided(LookupOutcome)
        /// The pool will answer it.
        case pending(PendingLookup)
    }

    private struct Route {
        let name: [UInt8]
        let table: TableDefinition
        let tableIndex: Int
        let driver: PoolDriver
    }

    private let routes: [Route]
    private let foldsKeys: Bool

    /// - Parameter drivers: one for each of the configuration's pools, in their order.
    init(configuration: DaemonConfiguration, drivers: [PoolDriver]) {
        routes = configuration.maps.map { map in
            Route(
                name: Array(map.name.utf8), table: configuration.pools[map.pool].tables[map.table],
                tableIndex: map.table, driver: drivers[map.pool])
        }
        foldsKeys = configuration.settings.foldKeys
    }

    /// Begins the lookup of the key that `bytes` has at `key` in the map that it names at `mapName`.
    func route(
        _ bytes: Span<UInt8>, mapName: Range<Int>, key: Range<Int>, from requester: Requester
    ) -> Routing {
        guard let route = route(named: bytes.extracting(mapName)) else {
            let name = String(decoding: [UInt8](bytes, mapName.prefix(100)), as: UTF8.self)
            return .decided(.permanentFailure("there is no map named \(name)"))
        }
        let given = bytes.extracting(key)
        // What is not UTF-8 is in no table, and is not for PostgreSQL to judge.
        guard let key = foldsKeys ? KeyFolding.fold(given) : KeyFolding.validated(given) else {
            return .decided(.notFound)
        }
        guard route.table.admits(key.span) else { return .decided(.notFound) }
        var outcome = LookupOutcome.notFound
        guard
            let lookup = route.driver.submit(requester, table: route.tableIndex, key: key, outcome: &outcome)
        else { return .decided(outcome) }
        return .pending(PendingLookup(sequence: requester.sequence, driver: route.driver, lookup: lookup))
    }

    private func route(named name: Span<UInt8>) -> Route? {
        // A handful of names of different lengths: comparing beats hashing.
        routes.first { route in route.name.count == name.count && isEqual(route.name.span, name) }
    }
}

/// A lookup that a client waits for.
struct PendingLookup {
    let sequence: UInt32
    let driver: PoolDriver
    let lookup: LookupID

    /// Takes the lookup back, as its client has gone.
    func cancel() {
        driver.cancel(lookup)
    }
}

private func isEqual(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
    for index in one.indices where one[index] != other[index] { return false }
    return true
}

extension [UInt8] {
    /// A copy of a part of a span.
    fileprivate init(_ bytes: Span<UInt8>, _ range: Range<Int>.SubSequence) {
        self.init(capacity: range.count) { output in
            for index in range { output.append(bytes[index]) }
        }
    }
}
