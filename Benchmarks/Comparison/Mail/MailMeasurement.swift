// One round of one relay: so many messages, from the first connection to the last delivery.

import EventLoop
import LoadEngine
import LookupValues
import ThrowawayServers

struct MailMeasurement: Codable {
    let messages: Int
    let seconds: Double
    /// Of all messages; nil if they were not watched.
    let lookups: Int?
    let waitedSeconds: Double?
    let roundTrips: Int?
    /// The part of the lookups that was answered by what is kept; nil where nothing is.
    let hits: Double?
    /// Processor time of all messages.
    let frontSeconds: Double
    let databaseSeconds: Double
    let connections: Int
    let delivered: Int
    /// Replies, deliveries and returns that must not be, and deliveries that are missing.
    let faults: Int
    let examples: [String]

    /// - Parameters:
    ///   - sessions: how many there are at a time.
    ///   - warmUp: messages that are sent before, and do not count.
    ///   - isWatched: whether it is the watched instance that gets them.
    init(
        of server: MailServer, at database: MailDatabase, sessions: Int, messages: [MailMix.Message],
        warmUp: [MailMix.Message], isWatched: Bool
    ) throws {
        let postfix = isWatched ? server.watched! : server.postfix
        _ = try Self.send(warmUp, to: postfix, sessions: sessions) {}
        let lookupsBefore = isWatched ? try server.watchedLookups() : nil
        let keptBefore = try server.kept()
        let roundTripsBefore = server.roundTrips
        let databaseBefore = try database.cluster.processorSeconds()
        var account = ProcessorAccount(try server.front(of: postfix))
        let begin = MonotonicClock.now()
        let outcome = try Self.send(messages, to: postfix, sessions: sessions) {
            account.note((try? server.front(of: postfix)) ?? [])
        }
        seconds = Double(MonotonicClock.now().nanoseconds - begin.nanoseconds) / 1e9
        account.note(try server.front(of: postfix))
        frontSeconds = account.seconds
        databaseSeconds = try database.cluster.processorSeconds() - databaseBefore
        connections = try database.connectionCount(of: server.contender)
        let lookupsAfter = isWatched ? try server.watchedLookups() : nil
        if let before = lookupsBefore, let after = lookupsAfter {
            lookups = after.answered - before.answered
            waitedSeconds = Double(after.waited - before.waited) / 1e9
        } else {
            lookups = nil
            waitedSeconds = nil
        }
        if let before = roundTripsBefore, let after = server.roundTrips {
            roundTrips = after - before
        } else {
            roundTrips = nil
        }
        hits = try keptBefore.flatMap { before in try server.kept()?.hits(since: before) }
        self.messages = messages.count
        delivered = outcome.delivered
        faults = outcome.complaints.count
        examples = Array(outcome.complaints.prefix(5))
    }

    /// Returns when all is delivered.
    ///
    /// - Parameter sample: called twice a second while messages are sent, and at the end.
    private static func send(
        _ messages: [MailMix.Message], to postfix: PostfixInstance, sessions: Int, sample: () -> Void
    ) throws -> (delivered: Int, complaints: [String]) {
        var watch = try DeliveryWatch(postfix)
        let port = postfix.port
        let load = MailLoad(loop: try EventLoop(), messages: messages) {
            Descriptor(owning: try connectToLoopback(port: port, blocking: false))
        }
        try load.run(sessions: sessions, sample: sample)
        guard load.counts.accepted > 0 else {
            throw SupportError("no message was taken over: \(load.counts.examples.joined(separator: "; "))")
        }
        try watch.wait(for: load.counts.accepted)
        let expected = messages.flatMap { $0.recipients.compactMap(\.delivered) }
        let complaints = load.counts.examples + watch.log.complaints(expecting: expected)
        // Of what failed, some examples only were kept.
        let more = load.counts.failed - load.counts.examples.count
        return (
            watch.log.delivered.count, complaints + Array(repeating: "another message failed", count: more)
        )
    }
}
