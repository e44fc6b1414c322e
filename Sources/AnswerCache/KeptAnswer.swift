// What is kept for a key, for people to look at.

package import LookupValues

/// An answer that nothing is known against since its query was sent.
package struct KeptAnswer: Equatable, Sendable {
    package let isFound: Bool
    /// When it was last known to be what the database would answer.
    package let verifiedAt: Instant
    /// Whether it is given now while the database can be asked.
    package let isGiven: Bool
}

extension AnswerCache {
    /// What there is for a key; nil: nothing, or something has changed since. A look counts for nothing.
    package func look(_ table: Int, _ key: Span<UInt8>, now: Instant) -> KeptAnswer? {
        let slot = slot(of: table)
        guard slot >= 0, key.count <= RoomSize.longestAnswer else { return nil }
        let position = room.position(slot, key, hash(slot, key))
        guard position >= 0 else { return nil }
        let (sentAt, facts) = (room.sentAt(position), room.facts(position))
        guard counts(slot, sentAt, facts) else { return nil }
        return KeptAnswer(
            isFound: facts.block != Room.noBlock, verifiedAt: verifiedAt(slot, sentAt, facts),
            isGiven: isWithinBound(slot, sentAt, now) || isVerified(slot, sentAt, facts, now))
    }
}
