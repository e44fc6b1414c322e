// The lease of one target: whether all that its databases notify is known to have been heard, as of which moment.

package import LookupValues

/// Decides whom to listen to, when to send beats, and what workers are told.
///
/// The first host that is a primary is listened to, on a connection that does nothing else. A second connection to it sends
/// beats: notifications that come back on the first one, each with a look at what the tables' triggers depend on in the same
/// transaction. Notifications come in the order of commits. So when a beat has come, all that was committed before it was sent
/// has been heard, and if the look is as it was, all of that was notified. What is found out anew is proven when a session that
/// was begun after that shows the same. The other hosts are asked how far they have come.
///
/// Each event has the time after it has happened, and what an event asks for is done after that time. All actions are returned
/// by `turn`, which is to be called after the events of each turn, and when `deadline` has come.
package struct Lease {
    /// What a lease is made with.
    package struct Terms: Equatable, Sendable {
        /// The target's number in news.
        package let target: Int
        /// How many it has.
        package let hosts: Int
        /// cache_max_staleness, in nanoseconds.
        package let staleness: Int64
        /// The longest time between attempts at a host, in nanoseconds.
        package let longestBackOff: Int64
        /// How old a change of settings or names may be that a connection which answers lookups does not have, in nanoseconds.
        package let freshness: Int64

        package init(target: Int, hosts: Int, staleness: Int64, longestBackOff: Int64, freshness: Int64) {
            self.target = target
            self.hosts = hosts
            self.staleness = staleness
            self.longestBackOff = longestBackOff
            self.freshness = freshness
        }

        /// Between beats: one may be lost, and be missed, while the next two are still in time.
        var beatInterval: Int64 { staleness / 4 }
        /// How long a beat may take, to be answered or to be heard, until something is wrong with its connection.
        var patience: Int64 { max(3_000_000_000, 2 * staleness) }
    }

    /// What is known of a host.
    enum Standing {
        case unknown, pooled, primary, standby
    }

    /// How long a question may take, in nanoseconds.
    static let questionPatience: Int64 = 5_000_000_000

    let terms: Terms
    /// The numbers of the tables whose changes are to be told.
    var tables: [Int]
    var random: SplitMix64
    var actions: [LeaseAction] = []
    var hosts: [LinkState]
    var standings: [Standing]
    /// What the hosts have said last.
    var reports: [HostReport?]
    var beats = LinkState()
    /// The host whose connection listens, or will.
    var listened: Int?
    /// Whether LISTEN has been answered.
    var isListening = false
    var heard = HeardChanges()

    // What `Lease+Beats.swift` is about.
    var ledger = BeatLedger()
    var beatDueAt = Instant(nanoseconds: .min)
    var beatSentAt = Instant(nanoseconds: .min)
    var failedBeats = 0
    var isBeating = false
    /// Whether the session for beats was asked something: settings may have changed since it began.
    var isBeatLinkUsed = false
    /// As of when the host that is listened to is verified.
    var verifiedAt: Instant?
    var isLate = false

    // What `Lease+Proof.swift` is about.
    var proof: TargetProof?
    /// What was found out last, until it is known to hold.
    var candidate: TargetProof?
    /// Those of the candidate's writers that have not ended.
    var awaited: Set<String> = []
    var analyses = 0
    var isAnalysing = false
    var analysisDueAt: Instant?
    var failedAnalyses = 0
    var analysedAt = Instant(nanoseconds: .min)

    // What `Lease+Standbys.swift` is about.
    var marks = ReplayMarks()
    /// Whether the hosts are known to follow the one that is listened to.
    var follows: [Bool]
    var checkDueAt: [Instant]
    /// Until when only the plain question is asked there.
    var plainUntil: [Instant]

    // What was logged, and is not again.
    var isUnheard = false
    var poolersLogged: Set<Int> = []
    var isRefused = false
    /// Why the tables were said to be asked for each time; nil: they were said not to be.
    var said: [Int: CacheBypass?] = [:]

    /// - Parameters:
    ///   - tables: the numbers of the tables whose answers are to be kept by notification.
    ///   - seed: of what spreads the attempts of many daemons.
    package init(_ terms: Terms, tables: [Int], seed: UInt64) {
        self.terms = terms
        self.tables = tables
        random = SplitMix64(seed: seed)
        hosts = Array(repeating: LinkState(), count: terms.hosts)
        standings = Array(repeating: .unknown, count: terms.hosts)
        reports = Array(repeating: nil, count: terms.hosts)
        follows = Array(repeating: false, count: terms.hosts)
        checkDueAt = Array(repeating: Instant(nanoseconds: .min), count: terms.hosts)
        plainUntil = checkDueAt
    }

    /// Takes over other tables. What is proven of those that stay holds until it is found out anew.
    package mutating func adopt(_ new: [Int], now: Instant) {
        // Also of those that leave: a worker that could not adopt the new configuration still has them, and their changes are
        // not heard any more.
        for table in tables where !new.contains(table) { tell(.unproven(table: table, .unheard), now: now) }
        for table in new where !tables.contains(table) { tell(.unproven(table: table, .unknown), now: now) }
        tables = new
        candidate = nil
        if isListening { analysisDueAt = now }
    }

    // MARK: Turns

    /// Does what is due, and returns all that is to be done since the last call, in its order.
    ///
    /// - Parameter nonce: a random number that has not been passed before and that others can't guess: see `BeatLedger`.
    package mutating func turn(nonce: UInt64, now: Instant) -> [LeaseAction] {
        loseSilent(now: now)
        connect(now: now)
        chooseHost(now: now)
        checkHosts(now: now)
        useBeatLink(nonce: nonce, now: now)
        noteLateness(now: now)
        for news in heard.take(tables, isWhole: false, now: now) { actions.append(.tell(news)) }
        defer { actions = [] }
        return actions
    }

    /// When `turn` is to be called at the latest.
    package var deadline: Instant? {
        var next: [Instant?] = [heard.dueAt]
        for (host, link) in hosts.enumerated() {
            switch link.phase {
            case .down: next.append(link.retryAt)
            case .connecting: break
            case .up where link.askedAt != nil:
                next.append(link.askedAt?.advanced(byNanoseconds: Self.questionPatience))
            case .up: if host != listened { next.append(checkDueAt[host]) }
            }
        }
        if isListening {
            switch beats.phase {
            case .down: next.append(beats.retryAt)
            case .connecting: break
            case .up where isAnalysing: break
            case .up where beats.askedAt != nil:
                next.append(beats.askedAt?.advanced(byNanoseconds: terms.patience))
            case .up: next += [analysisDueAt, currentLook == nil ? nil : beatDueAt]
            }
            next.append(latenessAt)
            next.append(ledger.unheardSince?.advanced(byNanoseconds: terms.patience))
        }
        return next.compactMap(\.self).min()
    }

    /// News of anything but changes come after those of all changes that were heard before.
    mutating func tell(_ news: CacheNews, now: Instant) {
        for change in heard.take(tables, isWhole: true, now: now) { actions.append(.tell(change)) }
        actions.append(.tell(news))
    }

    // MARK: What is heard

    /// A notification says that rows have changed.
    package mutating func heard(_ rows: ChangedRows, now: Instant) {
        heard.add(rows, [proof, candidate].compactMap(\.self))
        // So that standbys are soon known to have it.
        if follows.contains(true) {
            beatDueAt = min(beatDueAt, beatSentAt.advanced(byNanoseconds: Self.leastInterval))
        }
    }

    /// A notification could not be understood. Any role may send such, as fast as it likes.
    package mutating func heardUnknown(now: Instant) {
        heard.addAnything()
        actions.append(.log(.notUnderstood))
    }

    /// Whether a payload is to be passed to `heardBeat`; a change otherwise.
    package static func isBeat(_ payload: String) -> Bool { payload.hasPrefix(BeatLedger.prefix) }

    /// A notification is a beat, of this lease or of another one.
    package mutating func heardBeat(_ payload: String, now: Instant) {
        if isListening, let counted = ledger.hear(payload) { count(counted, now: now) }
    }
}
