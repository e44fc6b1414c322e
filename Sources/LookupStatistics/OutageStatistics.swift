// An outage of a target: no host can be asked, and the last answers are given of those maps for which that is wanted.

/// How long no host of a target could be asked, and what is answered meanwhile.
package struct OutageStatistics: Equatable, Sendable, Codable {
    package var seconds: Double
    /// How many maps ask the target, and how many of them are in `stale_while_down`.
    package var maps: Int
    package var givenMaps: Int
    /// How old the answers of each of these may be at least, in seconds; 0 if there are none.
    package var boundSeconds: Double

    package init(seconds: Double, maps: Int, givenMaps: Int, boundSeconds: Double) {
        self.seconds = seconds
        self.maps = maps
        self.givenMaps = givenMaps
        self.boundSeconds = boundSeconds
    }

    private enum CodingKeys: String, CodingKey {
        case seconds, maps
        case givenMaps = "given_maps"
        case boundSeconds = "bound_seconds"
    }

    /// Whether what was known at its begin is still answered, whatever map is asked.
    package var isBridged: Bool { maps > 0 && givenMaps == maps && seconds < boundSeconds }

    /// Of two workers' outages, the longer one.
    static func longer(_ one: OutageStatistics?, _ other: OutageStatistics?) -> OutageStatistics? {
        guard let one, let other else { return one ?? other }
        return one.seconds >= other.seconds ? one : other
    }
}
