// The last hour, in points of ten seconds: for those who look when something is over.

/// What was answered by map and outcome, and how long that took. Its size is bounded: `mostPoints` numbers of each kind for
/// each of `mostMaps` maps, some 2 MB at most, besides a histogram of every map.
package struct StatisticsHistory: Equatable, Sendable {
    /// How many seconds a point is about.
    package static let interval = 10
    package static let mostPoints = 360
    /// Those of the configuration's first maps have points of their own; in the sum are all.
    package static let mostMaps = 200
    /// How many points "lately" is.
    package static let latePoints = 30

    /// What happened in one map, or all: a number for each point, oldest first.
    package struct Series: Equatable, Sendable {
        package fileprivate(set) var found: [UInt32] = []
        package fileprivate(set) var notFound: [UInt32] = []
        package fileprivate(set) var temporary: [UInt32] = []
        package fileprivate(set) var permanent: [UInt32] = []
        /// Nanoseconds, as in `MapStatistics.total`; 0 where there was none.
        package fileprivate(set) var p50: [Int] = []
        package fileprivate(set) var p99: [Int] = []
    }

    /// When each point ended, in seconds since 1970, and how many seconds it was about.
    package private(set) var endedAt: [Double] = []
    package private(set) var seconds: [Double] = []
    package private(set) var all = Series()
    package private(set) var maps: [(name: String, series: Series)] = []
    /// What had been counted at the latest point, by map, and when that was.
    private var counted: [String: Counted] = [:]
    private var countedAt: Double?

    private struct Counted: Equatable {
        var outcomes = OutcomeCounts()
        var total = Histogram()
    }

    package init() {}

    package static func == (one: StatisticsHistory, other: StatisticsHistory) -> Bool {
        one.endedAt == other.endedAt && one.all == other.all && one.countedAt == other.countedAt
            && one.maps.elementsEqual(other.maps) { $0.name == $1.name && $0.series == $1.series }
    }

    /// Adds a point: what has happened since the latest one. The first figures are where it begins.
    ///
    /// - Parameters:
    ///   - current: of all maps, as counted from the start.
    ///   - time: when that was taken, in seconds since 1970.
    package mutating func add(_ current: [MapStatistics], at time: Double) {
        let former = counted
        counted = [:]
        for map in current { counted[map.name] = Counted(outcomes: map.lookups, total: map.total) }
        let begin = countedAt
        countedAt = time
        guard let begin else { return }
        // A clock that was set back says nothing.
        let passed = time > begin ? time - begin : Double(Self.interval)
        var sum = Counted()
        let older = endedAt.count
        var series: [(name: String, series: Series)] = []
        for map in current {
            let old = former[map.name] ?? Counted()
            let outcomes = map.lookups.since(old.outcomes)
            let total = map.total.since(old.total)
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

    /// Notes of each map what has happened lately, where that is known: in the last five minutes.
    package func noteLately(in current: inout [MapStatistics]) {
        for index in current.indices {
            let map = current[index]
            let series = maps.first { $0.name == map.name }?.series
            // One that is new has no points yet.
            if series == nil && maps.count >= Self.mostMaps { continue }
            var sum = map.lookups.since(counted[map.name]?.outcomes ?? OutcomeCounts())
            if let series { sum.merge(series.sum(ofLast: Self.latePoints)) }
            current[index].lately = sum
        }
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

    fileprivate func sum(ofLast count: Int) -> OutcomeCounts {
        func sum(_ numbers: [UInt32]) -> Int { numbers.suffix(count).reduce(0) { $0 + Int($1) } }
        var outcomes = OutcomeCounts()
        outcomes.found = sum(found)
        outcomes.notFound = sum(notFound)
        outcomes.temporary = sum(temporary)
        outcomes.permanent = sum(permanent)
        return outcomes
    }
}
