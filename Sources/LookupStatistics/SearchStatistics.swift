// The searches in one map: how many keys they took, and what was read ahead.

/// Searches that were made for socketmap clients, each in one question: Postfix asks for the first key only.
package struct SearchCounts: Equatable, Sendable, Codable {
    /// Searches by the place of the key that was found in the order of the search.
    package struct Hits: Equatable, Sendable, Codable {
        package var first = 0
        package var second = 0
        package var third = 0
        package var fourth = 0
        package var later = 0

        package init() {}

        package var total: Int { first &+ second &+ third &+ fourth &+ later }

        mutating func merge(_ other: Hits) {
            first &+= other.first
            second &+= other.second
            third &+= other.third
            fourth &+= other.fourth
            later &+= other.later
        }
    }

    /// Searches that have ended.
    package var asked = 0
    /// The keys that were asked for, over all of them.
    package var keys = 0
    package var hits = Hits()

    package init() {}

    /// Searches in which no key was found, or that have failed.
    package var withoutHit: Int { asked &- hits.total }

    /// Counts a search.
    ///
    /// - Parameters:
    ///   - keys: how many were asked for.
    ///   - hit: the place of the key that was found, from 0 on; nil if none was.
    package mutating func note(keys: Int, hit: Int?) {
        asked &+= 1
        self.keys &+= keys
        switch hit {
        case nil: break
        case 0: hits.first &+= 1
        case 1: hits.second &+= 1
        case 2: hits.third &+= 1
        case 3: hits.fourth &+= 1
        case .some: hits.later &+= 1
        }
    }

    mutating func merge(_ other: SearchCounts) {
        asked &+= other.asked
        keys &+= other.keys
        hits.merge(other.hits)
    }
}

/// Keys that were asked for before a proxymap client came to them in its search.
package struct ReadAheadStatistics: Equatable, Sendable, Codable {
    /// All of them. Those that are neither used nor thrown away are under way or kept.
    package var asked = 0
    /// Those whose answer a client was given.
    package var used = 0
    /// Those whose answer was of no use: not asked for in time, failed, or too large to be kept.
    package var thrownAway = 0
    /// How often reading ahead was given up for a minute, as too little of it was used.
    package var givenUp = 0

    package init() {}

    private enum CodingKeys: String, CodingKey {
        case asked, used
        case thrownAway = "thrown_away"
        case givenUp = "given_up"
    }

    mutating func merge(_ other: ReadAheadStatistics) {
        asked &+= other.asked
        used &+= other.used
        thrownAway &+= other.thrownAway
        givenUp &+= other.givenUp
    }
}
