// The last hour, in points of ten seconds: to look at after an incident.

/// The lookups by map and outcome, and how long they took. Its size is bounded: `mostPoints` numbers of each kind for each of
/// `mostMaps` maps, some 2 MB at most, besides a histogram and `latePoints` counts for every map.
package struct StatisticsHistory: Equatable, Sendable {
    /// How many seconds a point covers.
    package static let interval = 10
    package static let mostPoints = 360
    /// So many of the configuration's maps, the first ones, have points of their own. The sum is of all maps.
    package static let mostMaps = 200
    /// How many points "lately" covers.
    package static let latePoints = 30

    /// The lookups in one map, or in all: a number for each point, oldest first.
    package struct Series: Equatable, Sendable {
        package fileprivate(set) var found: [UInt32] = []
        package fileprivate(set) var notFound: [UInt32] = []
        package fileprivate(set) var temporary: [UInt32] = []
        package fileprivate(set) var permanent: [UInt32] = []
        /// Nanoseconds, as in `MapStatistics.total`; 0 for a point without lookups.
        package fileprivate(set) var p50: [Int] = []
        package fileprivate(set) var p99: [Int] = []
    }

    /// When each point ended, in seconds since 1970, and how many seconds it covers.
    package private(set) var endedAt: [Double] = []
    package private(set) var seconds: [Double] = []
    package private(set) var all = Series()
    package private(set) var maps: [(name: String, series: Series)] = []
    /// The counts at the latest point, by map, and when that was.
    private var counted: [String: Counted] = [:]
    private var countedAt: Double?
    /// Maps of earlier points that were not there at the latest. When one comes back, its counts go on, so they do not tell
    /// which of its lookups are new.
    private var departed: Set<String> = []
    /// The lookups in each map in the latest points, `latePoints` at most, oldest first.
    private var late: [String: [LateCounts]] = [:]
    /// The endpoints' counts at the latest points, at most one more than `latePoints`, oldest first.
    private var earlierEndpoints: [[EndpointStatistics]] = []

    private struct Counted: Equatable {
        var outcomes = OutcomeCounts()
        var total = Histogram()
        var kept = CacheEvents()

        init() {}

        init(_ map: MapStatistics) {
            outcomes = map.lookups
            total = map.total
            kept = CacheEvents(map.cache)
        }
    }

    private struct LateCounts {
        let outcomes: OutcomeCounts
        let kept: CacheEvents
    }

    private func baseline(of map: MapStatistics) -> Counted {
        if let counted = counted[map.name] { return counted }
        return departed.contains(map.name) ? Counted(map) : Counted()
    }

    package init() {}

    package static func == (one: StatisticsHistory, other: StatisticsHistory) -> Bool {
        one.endedAt == other.endedAt && one.all == other.all && one.countedAt == other.countedAt
            && one.maps.elementsEqual(other.maps) { $0.name == $1.name && $0.series == $1.series }
    }

    /// Adds a point, with all that has happened since the latest one. The first figures add none: the history begins there.
    ///
    /// - Parameters:
    ///   - current: the maps, as counted from the start.
    ///   - endpoints: as counted from the start.
    ///   - time: when these were taken, in seconds since 1970.
    package mutating func add(
        maps current: [MapStatistics], endpoints: [EndpointStatistics], at time: Double
    ) {
        let baselines = current.map { baseline(of: $0) }
        departed.formUnion(counted.keys)
        departed.subtract(current.map(\.name))
        counted = [:]
        for map in current { counted[map.name] = Counted(map) }
        earlierEndpoints.append(endpoints)
        if earlierEndpoints.count > Self.latePoints + 1 { earlierEndpoints.removeFirst() }
        let begin = countedAt
        countedAt = time
        guard let begin else { return }
        // The clock may have been set back.
        let passed = time > begin ? time - begin : Double(Self.interval)
        var sum = Counted()
        let older = endedAt.count
        var series: [(name: String, series: Series)] = []
        let before = late
        late = [:]
        for (map, old) in zip(current, baselines) {
            let outcomes = map.lookups.since(old.outcomes)
            let total = map.total.since(old.total)
            let counts = LateCounts(
                outcomes: outcomes, kept: CacheEvents(map.cache).since(old.kept))
            late[map.name] = (before[map.name] ?? []).suffix(Self.latePoints - 1) + [counts]
            sum.outcomes.merge(outcomes)
            sum.total.merge(total)
            guard series.count < Self.mostMaps else { continue }
            var one = maps.first { $0.name == map.name }?.series ?? Series(zeros: older)
            one.add(outcomes, total)
            series.append((map.name, one))
        }
        maps = series
        all.add(sum.outcomes, sum.total)
        endedAt.append(time)
        seconds.append(passed)
        if endedAt.count > Self.mostPoints { dropFirst() }
    }

    private mutating func dropFirst() {
        endedAt.removeFirst()
        seconds.removeFirst()
        all.dropFirst()
        for index in maps.indices { maps[index].series.dropFirst() }
    }

    /// The lookups in a map in the last five minutes, and what was kept for them.
    func lately(in map: MapStatistics) -> (outcomes: OutcomeCounts, kept: CacheEvents) {
        let baseline = baseline(of: map)
        let sum = (map.lookups.since(baseline.outcomes), CacheEvents(map.cache).since(baseline.kept))
        return (late[map.name] ?? []).reduce(into: sum) { sum, counts in
            sum.0.merge(counts.outcomes)
            sum.1.merge(counts.kept)
        }
    }

    /// The events at an endpoint in the last five minutes.
    func lately(at endpoint: EndpointStatistics) -> EndpointEvents {
        let earlier = earlierEndpoints.first?.first { $0.clientProtocol == endpoint.clientProtocol }
        return EndpointEvents(
            of: endpoint, since: earlier ?? EndpointStatistics(endpoint.clientProtocol))
    }
}

extension StatisticsHistory.Series {
    fileprivate init(zeros count: Int) {
        let zeros = [UInt32](repeating: 0, count: count)
        (found, notFound, temporary, permanent) = (zeros, zeros, zeros, zeros)
        p50 = Array(repeating: 0, count: count)
        p99 = p50
    }

    fileprivate mutating func add(_ outcomes: OutcomeCounts, _ total: Histogram) {
        found.append(UInt32(clamping: outcomes.found))
        notFound.append(UInt32(clamping: outcomes.notFound))
        temporary.append(UInt32(clamping: outcomes.temporary))
        permanent.append(UInt32(clamping: outcomes.permanent))
        p50.append(total.quantile(0.5))
        p99.append(total.quantile(0.99))
    }

    fileprivate mutating func dropFirst() {
        found.removeFirst()
        notFound.removeFirst()
        temporary.removeFirst()
        permanent.removeFirst()
        p50.removeFirst()
        p99.removeFirst()
    }
}
