// What is known of one contender at one number of clients under one workload.

/// All rounds of a cell in one.
package struct Summary: Codable, Equatable, Sendable {
    package var lookupsPerSecond: Spread
    /// Of the ceiling's in the same round; nil where the ceiling was not measured.
    package var ofCeiling: Spread?
    /// Of others' in the same round, and PostgreSQL's processor time a lookup of another's.
    package var ratios: [Ratio]
    /// The part of the lookups that was answered by what is kept; nil where nothing is.
    package var hits: Spread?
    package var millisecondsP50: Spread
    package var millisecondsP99: Spread
    package var millisecondsP999: Spread
    /// The lookups of the client that got the fewest, in parts of the median client's.
    package var smallestShare: Spread
    /// Processor time a lookup; nil where there is no front.
    package var frontMicroseconds: Spread?
    package var databaseMicroseconds: Spread
    package var clientMicroseconds: Spread
    package var frontBytes: Double?
    package var connections: Int
    package var verified: Int
    package var failed: Int
    package var wrong: Int
    package var lost: Int

    package init(
        lookupsPerSecond: Spread, ofCeiling: Spread?, ratios: [Ratio], hits: Spread?,
        millisecondsP50: Spread, millisecondsP99: Spread, millisecondsP999: Spread, smallestShare: Spread,
        frontMicroseconds: Spread?, databaseMicroseconds: Spread, clientMicroseconds: Spread,
        frontBytes: Double?, connections: Int, verified: Int, failed: Int, wrong: Int, lost: Int
    ) {
        self.lookupsPerSecond = lookupsPerSecond
        self.ofCeiling = ofCeiling
        self.ratios = ratios
        self.hits = hits
        self.millisecondsP50 = millisecondsP50
        self.millisecondsP99 = millisecondsP99
        self.millisecondsP999 = millisecondsP999
        self.smallestShare = smallestShare
        self.frontMicroseconds = frontMicroseconds
        self.databaseMicroseconds = databaseMicroseconds
        self.clientMicroseconds = clientMicroseconds
        self.frontBytes = frontBytes
        self.connections = connections
        self.verified = verified
        self.failed = failed
        self.wrong = wrong
        self.lost = lost
    }
}

package struct Cell: Codable, Equatable, Sendable {
    package var workload: String
    package var clients: Int
    package var contender: String
    package var title: String
    /// nil where nothing could be measured.
    package var summary: Summary?
    /// Why nothing could be measured.
    package var obstacle: String?

    package init(
        workload: String, clients: Int, contender: String, title: String, summary: Summary?, obstacle: String?
    ) {
        self.workload = workload
        self.clients = clients
        self.contender = contender
        self.title = title
        self.summary = summary
        self.obstacle = obstacle
    }
}
