// The lookups in one map: their outcomes, and how long they took.

package import LookupValues

/// Lookups by their outcomes.
package struct OutcomeCounts: Equatable, Sendable, Codable {
    package var found = 0
    package var notFound = 0
    package var temporary = 0
    package var permanent = 0

    package init() {}

    package var total: Int { found &+ notFound &+ temporary &+ permanent }

    private enum CodingKeys: String, CodingKey {
        case found
        case notFound = "not_found"
        case temporary, permanent
    }

    package mutating func merge(_ other: OutcomeCounts) {
        found &+= other.found
        notFound &+= other.notFound
        temporary &+= other.temporary
        permanent &+= other.permanent
    }

    /// The lookups since `earlier`, a former state of this.
    package func since(_ earlier: OutcomeCounts) -> OutcomeCounts {
        var difference = self
        difference.found &-= earlier.found
        difference.notFound &-= earlier.notFound
        difference.temporary &-= earlier.temporary
        difference.permanent &-= earlier.permanent
        return difference
    }
}

/// Lookups that were "not found" without a query. They are among the map's lookups.
package struct SuppressionCounts: Equatable, Sendable, Codable {
    /// The key is not in the table's domains, or lacks a part that its query needs: it is empty, or has no domain.
    package var filtered = 0
    /// The key is not UTF-8.
    package var notUTF8 = 0

    package init() {}

    package var total: Int { filtered &+ notUTF8 }

    private enum CodingKeys: String, CodingKey {
        case filtered
        case notUTF8 = "not_utf8"
    }

    mutating func merge(_ other: SuppressionCounts) {
        filtered &+= other.filtered
        notUTF8 &+= other.notUTF8
    }
}

package struct MapStatistics: Equatable, Sendable, Codable {
    /// The relation of a map to its file.
    package enum State: String, CaseIterable, Sendable, Codable {
        /// The map is served as the file says.
        case current
        /// The file can't be used as it is now: the map is served as the file said when it was last good.
        case kept
        /// The file can't be used and never could: each lookup fails temporarily.
        case failing

        fileprivate var severity: Int {
            switch self {
            case .current: 0
            case .kept: 1
            case .failing: 2
            }
        }
    }

    package let name: String
    /// The pgsql_table(5) file; of several tables, all files with a blank between them.
    package var file: String
    /// The name of its target; empty if the map is failing. Of several targets, all with a blank between them.
    package var target: String
    package var state = State.current
    /// What is wrong with the file; nil if the map is current.
    package var trouble: String?
    /// All lookups that were answered, by their protocol.
    package var socketmap = OutcomeCounts()
    package var proxymap = OutcomeCounts()
    package var suppressed = SuppressionCounts()
    package var searches = SearchCounts()
    package var readAhead = ReadAheadStatistics()
    /// What became of its lookups in what is kept; nil: nothing is kept of it.
    package var cache: CacheStatistics?
    /// Lookups of the last five minutes, over both protocols; nil if they are not known.
    package var lately: OutcomeCounts?
    /// Nanoseconds, of the lookups that a query has answered: until the query was sent (for the last time), and from then on.
    package var inPool = Histogram()
    package var inPostgreSQL = Histogram()
    /// Nanoseconds from the arrival of a lookup to its answer, of all lookups that went to a pool: failures included,
    /// suppressed lookups not.
    package var total = Histogram()

    package init(name: String, file: String, target: String) {
        self.name = name
        self.file = file
        self.target = target
    }

    /// Adds one more table of the map.
    ///
    /// - Parameters:
    ///   - state: how that stands to its file. The map is as bad as the worst of its tables.
    ///   - trouble: what is wrong with the file.
    package mutating func addTable(_ file: String, target: String, _ state: State, trouble: String?) {
        self.file += " " + file
        if !self.target.split(separator: " ").contains(target[...]), !target.isEmpty {
            self.target += (self.target.isEmpty ? "" : " ") + target
        }
        guard state.severity > self.state.severity else { return }
        self.state = state
        self.trouble = trouble
    }

    private enum CodingKeys: String, CodingKey {
        case name, file, target, state, trouble, socketmap, proxymap, suppressed, searches, cache, lately
        case readAhead = "read_ahead"
        case inPool = "in_pool"
        case inPostgreSQL = "in_postgresql"
        case total
    }

    /// Of these lookups, those by one protocol.
    package subscript(clientProtocol: ClientProtocol) -> OutcomeCounts {
        get {
            switch clientProtocol {
            case .socketmap: socketmap
            case .proxymap: proxymap
            }
        }
        _modify {
            switch clientProtocol {
            case .socketmap: yield &socketmap
            case .proxymap: yield &proxymap
            }
        }
    }

    /// Over both protocols.
    package var lookups: OutcomeCounts {
        var sum = socketmap
        sum.merge(proxymap)
        return sum
    }

    mutating func merge(_ other: MapStatistics) {
        socketmap.merge(other.socketmap)
        proxymap.merge(other.proxymap)
        suppressed.merge(other.suppressed)
        searches.merge(other.searches)
        readAhead.merge(other.readAhead)
        cache.merge(other.cache)
        inPool.merge(other.inPool)
        inPostgreSQL.merge(other.inPostgreSQL)
        total.merge(other.total)
    }
}
