// What a worker counts about its clients and their lookups: plain numbers that no other thread touches.

internal import Configuration
internal import LookupStatistics
internal import LookupTables
internal import LookupValues

final class LookupCounters {
    private var maps: [MapStatistics] = []
    /// The numbers of the configuration's maps, in its order.
    private var current: [Int] = []
    private var endpoints = ClientProtocol.allCases.map { EndpointStatistics($0) }
    /// The counts of pools that are gone; their targets may have other pools now.
    private var formerTargets: [TargetStatistics] = []
    /// The counts of tables whose answers are kept no more, by the map's number; nil: of all maps.
    private var formerCaches: [Int?: CacheStatistics] = [:]

    /// Numbers the maps of a configuration. A map that was there before keeps its counts.
    ///
    /// - Returns: a number for each entry of `maps`: those of a map's several tables have one.
    func adopt(_ configuration: DaemonConfiguration) -> [Int] {
        current = []
        return configuration.maps.map { entry in
            let target = entry.place.map { configuration.pools[$0.pool].name } ?? ""
            let state: MapStatistics.State =
                entry.trouble == nil ? .current : entry.place == nil ? .failing : .kept
            let number = maps.firstIndex { $0.name == entry.name } ?? maps.count
            if number == maps.count {
                maps.append(MapStatistics(name: entry.name, file: entry.file, target: target))
            }
            if current.contains(number) {
                maps[number].addTable(entry.file, target: target, state, trouble: entry.trouble?.reason)
            } else {
                maps[number].file = entry.file
                maps[number].target = target
                maps[number].state = state
                maps[number].trouble = entry.trouble?.reason
                current.append(number)
            }
            return number
        }
    }

    /// Keeps the counts of a pool that has ended.
    func keep(_ former: TargetStatistics) {
        var snapshot = StatisticsSnapshot(targets: formerTargets)
        snapshot.merge(StatisticsSnapshot(targets: [former.withoutGauges]))
        formerTargets = snapshot.targets
    }

    /// The numbers of the configuration's maps.
    var mapNumbers: [Int] { current }

    /// Keeps the counts of tables whose answers are kept no more.
    ///
    /// - Parameter map: the number of the map whose tables these are; nil: all tables.
    func keepCache(_ former: CacheStatistics, ofMap map: Int?) {
        formerCaches[map, default: CacheStatistics()].merge(former.withoutGauges)
    }

    private func withFormer(_ figures: CacheStatistics?, ofMap map: Int?) -> CacheStatistics? {
        guard var figures else { return nil }
        if let former = formerCaches[map] { figures.merge(former) }
        return figures
    }

    /// - Parameters:
    ///   - targets: those of the configuration, and those of pools that have not ended yet.
    ///   - wrongGreetings: the proxymap sockets whose clients do not behave as the configuration says.
    ///   - readAhead: what was read ahead in the map with this number.
    ///   - cache: what is kept of the map with this number, or of all; nil: nothing is to be kept.
    func snapshot(
        targets: [TargetStatistics], wrongGreetings: [String] = [],
        readAhead: (_ map: Int) -> ReadAheadStatistics = { _ in ReadAheadStatistics() },
        cache: (_ map: Int?) -> CacheStatistics? = { _ in nil },
        recentErrors: [RecentError]
    ) -> StatisticsSnapshot {
        var endpoints = endpoints
        endpoints[ClientProtocol.proxymap.index].wrongGreetings = wrongGreetings
        var snapshot = StatisticsSnapshot(
            endpoints: endpoints,
            maps: current.map { number in
                var map = maps[number]
                map.readAhead = readAhead(number)
                map.cache = withFormer(cache(number), ofMap: number)
                return map
            }, recentErrors: recentErrors, cache: withFormer(cache(nil), ofMap: nil))
        // In the configuration's order; the pools of one target are one entry.
        snapshot.merge(StatisticsSnapshot(targets: targets))
        let names = snapshot.targets.map(\.name)
        snapshot.merge(StatisticsSnapshot(targets: formerTargets.filter { names.contains($0.name) }))
        return snapshot
    }

    // MARK: Lookups

    /// Counts a lookup that was answered without a pool.
    func note(_ outcome: LookupOutcome, map: Int, by clientProtocol: ClientProtocol) {
        maps[map].note(outcome, by: clientProtocol)
    }

    /// Counts a lookup that a pool has answered.
    ///
    /// - Parameter sentAt: when the query with the answer was sent; nil if the lookup has failed.
    func note(
        _ outcome: LookupOutcome, map: Int, by clientProtocol: ClientProtocol, begunAt: Instant,
        sentAt: Instant?,
        now: Instant
    ) {
        // One access for all: this is done for each lookup.
        maps[map].note(outcome, by: clientProtocol, begunAt: begunAt, sentAt: sentAt, now: now)
    }

    /// Counts a search for a socketmap client that has ended.
    ///
    /// - Parameters:
    ///   - keys: how many were asked for.
    ///   - hit: the place of the key that was found, from 0 on; nil if none was.
    func noteSearch(map: Int, keys: Int, hit: Int?) { maps[map].searches.note(keys: keys, hit: hit) }

    func noteFiltered(map: Int) { maps[map].suppressed.filtered += 1 }
    func noteNotUTF8(map: Int) { maps[map].suppressed.notUTF8 += 1 }

    // MARK: Clients

    func noteBegin(by clientProtocol: ClientProtocol) {
        endpoints[clientProtocol.index].accepted += 1
        endpoints[clientProtocol.index].clients += 1
    }

    func noteEnd(by clientProtocol: ClientProtocol) { endpoints[clientProtocol.index].clients -= 1 }
    func noteRefused(by clientProtocol: ClientProtocol) { endpoints[clientProtocol.index].refused += 1 }
    func noteViolation(by clientProtocol: ClientProtocol) { endpoints[clientProtocol.index].violations += 1 }
    func noteUnknownMap(by clientProtocol: ClientProtocol) {
        endpoints[clientProtocol.index].unknownMaps += 1
    }
    func noteRelayed(by clientProtocol: ClientProtocol) { endpoints[clientProtocol.index].relayed += 1 }
    func noteRelayFailure(by clientProtocol: ClientProtocol) {
        endpoints[clientProtocol.index].relayFailures += 1
    }
}

extension MapStatistics {
    fileprivate mutating func note(_ outcome: LookupOutcome, by clientProtocol: ClientProtocol) {
        self[clientProtocol].note(outcome)
    }

    fileprivate mutating func note(
        _ outcome: LookupOutcome, by clientProtocol: ClientProtocol, begunAt: Instant, sentAt: Instant?,
        now: Instant
    ) {
        note(outcome, by: clientProtocol)
        total.record(now.nanoseconds - begunAt.nanoseconds)
        guard let sentAt else { return }
        inPool.record(sentAt.nanoseconds - begunAt.nanoseconds)
        inPostgreSQL.record(now.nanoseconds - sentAt.nanoseconds)
    }
}

extension OutcomeCounts {
    fileprivate mutating func note(_ outcome: LookupOutcome) {
        switch outcome {
        case .found: found += 1
        case .notFound: notFound += 1
        case .temporaryFailure: temporary += 1
        case .permanentFailure: permanent += 1
        }
    }
}
