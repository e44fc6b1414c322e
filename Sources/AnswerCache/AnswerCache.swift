// The answers that one worker keeps, and whether they may be given.

package import LookupStatistics
package import LookupValues

/// Keeps answers by table and key, within a number of bytes, and gives each only as long as it is proved to be what the
/// database answered at some moment of the last while: see `CacheOptions`.
///
/// An answer is given by time while its query was sent no longer ago than the table's bound. It is given by notification if
/// its query was sent after the last news of a change for its key, and the host that it came from is verified as of a moment
/// no longer ago than `staleness`.
///
/// Changes are noted as the instants at which their news were taken in. Only an answer to a query that was sent after all of
/// those that concern it counts; so nothing need be noted when a query is sent.
package struct AnswerCache: ~Copyable {
    static let stripes = 4_096
    /// How long after it was sent a query may be shared, in nanoseconds: an older one may be stuck, and holds up those that
    /// share it until query_timeout.
    private static let longestJoining: Int64 = 1_000_000_000

    private let keyHash: KeyHash
    /// The slot of each table by its number; -1: it is not cached.
    var slots = Row<Int32>()
    /// By slot.
    var tables = Row<TableState>()
    var cached: [CachedTable?] = []
    var notifiedKeys: [NotifiedKey?] = []
    var figures = Row<CacheCounts>()
    var targets = Row<TargetState>()
    /// Those of each target follow each other, so many of each.
    var hosts = Row<HostState>()
    var hostsOfTarget = 8
    /// When the keys of each stripe changed last, for tables that have stripes.
    var changes = Row<Instant>()
    var room = Room(bytes: 0)
    var bytes = 0
    var staleness: Int64 = 2_000_000_000

    /// - Parameter seed: of the hash of keys. Clients must not know it.
    package init(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        keyHash = KeyHash(using: &random)
    }

    /// The slot of a table; -1 if it is not cached.
    @inline(__always) func slot(of table: Int) -> Int {
        table >= 0 && table < slots.count ? Int(slots[table]) : -1
    }

    @inline(__always) func hash(_ slot: Int, _ key: Span<UInt8>) -> UInt32 {
        // The hash of keys that differ a little differs a little, and would fill neighbouring places.
        let hash = UInt64(keyHash(table: slot, key: key)) &* 0x9E37_79B9_7F4A_7C15
        return UInt32(truncatingIfNeeded: (hash ^ hash >> 29) >> 16)
    }

    // MARK: Lookups

    /// What a lookup is answered with, or on what terms it is asked.
    package mutating func find(_ table: Int, _ key: Span<UInt8>, now: Instant) -> CacheReply {
        let slot = slot(of: table)
        guard slot >= 0, key.count <= RoomSize.longestAnswer else { return .asked(.unkept) }
        let hash = hash(slot, key)
        let position = room.position(slot, key, hash)
        if position >= 0 {
            room.countHit(position)
            let sentAt = room.sentAt(position)
            let facts = room.facts(position)
            if counts(slot, sentAt, facts) {
                if isWithinBound(slot, sentAt, now) || isVerified(slot, sentAt, facts, now) {
                    tables[slot].sampling.noteHit(hash)
                    if facts.block == Room.noBlock {
                        figures[slot].hitsNotFound &+= 1
                    } else {
                        figures[slot].hitsFound &+= 1
                    }
                    return .kept(room.outcome(facts.block))
                }
                if tables[slot].isNotified {
                    figures[slot].bypassed &+= 1
                    // The key has come again.
                    tables[slot].sampling.noteHit(hash)
                }
            }
        }
        if tables[slot].isUsed { figures[slot].misses &+= 1 }
        let wantsKeeping = tables[slot].sampling.takes(hash)
        if !wantsKeeping { figures[slot].unlikely &+= 1 }
        return .asked(
            AskTerms(joinsSentAfter: joinsSentAfter(slot, now: now), wantsKeeping: wantsKeeping))
    }

    /// What a lookup is answered with while no host can be asked.
    package mutating func findWhileDown(_ table: Int, _ key: Span<UInt8>, now: Instant) -> StaleAnswer? {
        let slot = slot(of: table)
        guard slot >= 0, key.count <= RoomSize.longestAnswer, tables[slot].staleBound >= 0 else { return nil }
        let position = room.position(slot, key, hash(slot, key))
        guard position >= 0 else { return nil }
        room.countHit(position)
        let sentAt = room.sentAt(position)
        let facts = room.facts(position)
        guard counts(slot, sentAt, facts) else { return nil }
        let verifiedAt = verifiedAt(slot, sentAt, facts)
        guard now <= verifiedAt.advanced(byNanoseconds: tables[slot].staleBound) else { return nil }
        let isFinal = facts.block != Room.noBlock || tables[slot].givesStaleNotFound
        if isFinal { figures[slot].stale &+= 1 }
        return StaleAnswer(outcome: room.outcome(facts.block), verifiedAt: verifiedAt, isFinal: isFinal)
    }

    /// See `AskTerms`.
    private func joinsSentAfter(_ slot: Int, now: Instant) -> Instant {
        let bound: Int64
        if tables[slot].isNotified && bypass(slot, now: now) == nil {
            bound = staleness
        } else if tables[slot].bound >= 0 {
            bound = tables[slot].isNotified ? min(staleness, tables[slot].bound) : tables[slot].bound
        } else {
            return .distantFuture
        }
        let oldest = Instant(nanoseconds: now.nanoseconds &- min(bound, Self.longestJoining))
        return max(oldest, max(tables[slot].keepsAfter, tables[slot].changedAt))
    }

    // MARK: Answers

    /// What of a key a notification of a change names; nil if there are none for single keys.
    package func notifiedKey(of table: Int) -> NotifiedKey? {
        let slot = slot(of: table)
        return slot >= 0 && tables[slot].isProven ? notifiedKeys[slot] : nil
    }

    /// Keeps an answer, unless something has changed since its query was sent, or it is too large.
    ///
    /// - Parameters:
    ///   - hash: that of the key as a notification would have it, by what `notifiedKey` says now; nil: it says nothing.
    ///   - host: the one that has answered, by its number in the target; -1: that is not known.
    ///   - server: the identity of the server that it led to: one name may lead to several.
    package mutating func keep(
        _ outcome: LookupOutcome, _ table: Int, _ key: Span<UInt8>, hash: UInt64?, sentAt: Instant, host: Int,
        server: UInt64
    ) {
        let slot = slot(of: table)
        if slot < 0 { return }
        switch outcome {
        case .found(let value):
            keep(value, slot, key, notified: hash, sentAt: sentAt, host: host, server: server)
        case .notFound: keep([], slot, key, notified: hash, sentAt: sentAt, host: host, server: server)
        case .temporaryFailure, .permanentFailure: return
        }
    }

    /// - Parameter value: empty: not found.
    private mutating func keep(
        _ value: [UInt8], _ slot: Int, _ key: Span<UInt8>, notified: UInt64?, sentAt: Instant, host: Int,
        server: UInt64
    ) {
        let stripe = notified.map { Int($0 >> 52) } ?? RecordFacts.noStripe
        let changedAt = changedAt(slot, sentAt, stripe: stripe)
        guard tables[slot].keepsAfter < sentAt, changedAt < sentAt else {
            figures[slot].overtaken &+= 1
            return
        }
        let isProvable =
            tables[slot].isNotified
            && isProvable(slot, sentAt, host: host, server: server, changedAt: changedAt)
        guard isProvable || tables[slot].bound >= 0 || tables[slot].staleBound >= 0 else {
            figures[slot].unproven &+= 1
            return
        }
        guard key.count + value.count <= RoomSize.longestAnswer,
            Room.bytes(ofKey: key.count, value: value.count) <= room.limit / 2
        else {
            figures[slot].tooLarge &+= 1
            return
        }
        let facts = RecordFacts(stripe: stripe, host: host & 0xFF, isProvable: isProvable)
        let hash = hash(slot, key)
        let position = room.position(slot, key, hash)
        if position < 0 {
            room.insert(slot, key, hash, value: value, sentAt: sentAt, facts)
        } else {
            // Of two queries, the one that was sent later says what is newer.
            guard room.sentAt(position) < sentAt else { return }
            let old = room.facts(position)
            // A standby that may lag says nothing against what is proved.
            guard isProvable || !isProved(slot, room.sentAt(position), old) else {
                figures[slot].unproven &+= 1
                return
            }
            if (old.block == Room.noBlock) == value.isEmpty {
                room.replace(position, value: value, sentAt: sentAt, facts)
            } else {
                room.remove(position)
                room.insert(
                    slot, key, hash, value: value, sentAt: sentAt, facts, isKnown: old.isInMain)
            }
        }
        figures[slot].kept &+= 1
        // While no host can be asked, each answer may be of use.
        if tables[slot].staleBound < 0 { tables[slot].sampling.noteKept() }
    }

    // MARK: Figures

    package func statistics(of table: Int) -> CacheStatistics {
        let slot = slot(of: table)
        guard slot >= 0 else { return CacheStatistics() }
        return CacheStatistics(figures[slot], room.tallies[slot])
    }
}
