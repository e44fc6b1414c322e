// What is known of one way to answer a relay's lookups, at one number of sessions and one distance of the database.

/// All rounds of a cell in one. What is "of stock" was divided round by round by what Postfix's own proxymap(8) had; nil if
/// that was not measured.
package struct MailSummary: Codable, Equatable, Sendable {
    package var mailsPerSecond: Spread
    package var rateOfStock: Spread?
    /// A message's; nil if the lookups did not go through a relay.
    package var lookups: Spread?
    /// The part of the lookups that was answered by what is kept; nil where nothing is.
    package var hits: Spread?
    /// A message's simple queries and Syncs; nil if the database was not behind a relay.
    package var roundTrips: Spread?
    /// How long Postfix waited for a message's lookups.
    package var lookupMilliseconds: Spread?
    package var lookupTimeOfStock: Spread?
    /// Processor time a message.
    package var frontMilliseconds: Spread
    package var databaseMilliseconds: Spread
    /// The database's, of what mapmux in proxymap's place has it use that keeps nothing.
    package var databaseOfMapmux: Spread?
    /// Of both together.
    package var processorOfStock: Spread?
    package var connections: Int
    package var delivered: Int
    /// Messages that were not taken over as they must be, and deliveries that are missing or must not be.
    package var faults: Int

    package init(
        mailsPerSecond: Spread, rateOfStock: Spread?, lookups: Spread?, hits: Spread?,
        roundTrips: Spread?, lookupMilliseconds: Spread?, lookupTimeOfStock: Spread?,
        frontMilliseconds: Spread, databaseMilliseconds: Spread, databaseOfMapmux: Spread?,
        processorOfStock: Spread?, connections: Int, delivered: Int, faults: Int
    ) {
        self.mailsPerSecond = mailsPerSecond
        self.rateOfStock = rateOfStock
        self.lookups = lookups
        self.hits = hits
        self.roundTrips = roundTrips
        self.lookupMilliseconds = lookupMilliseconds
        self.lookupTimeOfStock = lookupTimeOfStock
        self.frontMilliseconds = frontMilliseconds
        self.databaseMilliseconds = databaseMilliseconds
        self.databaseOfMapmux = databaseOfMapmux
        self.processorOfStock = processorOfStock
        self.connections = connections
        self.delivered = delivered
        self.faults = faults
    }
}

package struct MailCell: Codable, Equatable, Sendable {
    /// By how many milliseconds a round trip to the database is longer than on this machine.
    package var distance: Double
    package var sessions: Int
    package var contender: String
    package var title: String
    /// nil if it could not be measured.
    package var summary: MailSummary?
    /// Why it could not be measured.
    package var obstacle: String?

    package init(
        distance: Double, sessions: Int, contender: String, title: String, summary: MailSummary?,
        obstacle: String?
    ) {
        self.distance = distance
        self.sessions = sessions
        self.contender = contender
        self.title = title
        self.summary = summary
        self.obstacle = obstacle
    }
}
