// What a pool knows of one host: how it is preferred, how many connections it has, and whether it fails.

package import LookupValues

package struct HostState {
    /// Attempts to connect to one host at a time.
    private static let simultaneousAttempts = 8
    /// How long a host is only the second choice after a connection to it hung, at first, in nanoseconds; the
    /// time doubles up to the longest back-off.
    private static let avoidance: Int64 = 1_000_000_000
    /// The back-off after a host's first failure, in nanoseconds; each further failure doubles it.
    private static let firstBackOff: Int64 = 100_000_000
    /// The longest back-off while no host is connected to, in nanoseconds.
    private static let longestUrgentBackOff: Int64 = 1_000_000_000
    /// If a connection ends within this time, in nanoseconds, the next one may, too.
    private static let briefLife: Int64 = 1_000_000_000
    /// How long a host rests whose connections are so short-lived, in nanoseconds, at first and at most: the
    /// time doubles each time.
    private static let rests: ClosedRange<Int64> = 25_000_000...200_000_000

    /// Lower is better; a worse host is used only while no better one can be used.
    package let preference: Int
    /// Connections by phase.
    package var connecting = 0
    package var established = 0
    /// Failures since the last connection that was of use; 0: the host is not failing.
    package private(set) var failures = 0
    /// Whether the last of its connections and attempts has failed, and none has been of use since. A host that fails
    /// while others are connected to it is full, not down.
    package private(set) var isDown = false
    /// When a failing host may be tried again.
    private var retryAt = Instant(nanoseconds: .min)
    /// When a failing host may be tried again if no host is connected to.
    private var urgentRetryAt = Instant(nanoseconds: .min)
    /// Whether the last connection to any other host has ended since this one went down: it may be back.
    package private(set) var mayBeBack = false
    /// Until when other hosts are preferred, as a connection to this one hung and no other connection to it
    /// had an answer.
    package private(set) var avoidedUntil = Instant(nanoseconds: .min)
    /// How long it was avoided the last time, in nanoseconds.
    private var avoidance = Self.avoidance
    /// Whether it was reported that the host hangs, and not yet that it is used again.
    package private(set) var isSaidToHang = false
    /// Whether it has answered anything since it was last noted to hang.
    private var hasAnswered = false
    /// How many of its connections in a row have ended soon after they were made, and until when it rests
    /// because of that.
    private var briefLives = 0
    package private(set) var restsUntil = Instant(nanoseconds: .min)
    private var lastFailure = Instant(nanoseconds: .min)

    /// Whether its server was found to follow another one when it was last connected to.
    package var isStandby = false

    /// Whether the last attempt at this host to replace a connection has failed.
    package var hasRenewalFailed = false

    package init(preference: Int) {
        self.preference = preference
    }

    package var connections: Int { connecting + established }
    package var isFailing: Bool { failures > 0 }

    package func isAvoided(at now: Instant) -> Bool { avoidedUntil > now && !hasAnswered }

    /// Notes an answer: the host no longer hangs.
    package mutating func noteAnswer() { hasAnswered = true }

    /// A host without failures may be connected to at any time, by `simultaneousAttempts` at a time; a
    /// failing one by one attempt at a time, when its back-off is over. None is connected to while it rests.
    ///
    /// - Parameter isUrgent: whether no host is connected to.
    package func mayConnect(now: Instant, isUrgent: Bool) -> Bool {
        if now < restsUntil { return false }
        return isFailing
            ? now >= retryTime(isUrgent: isUrgent) && connecting == 0
            : connecting < Self.simultaneousAttempts
    }

    /// When a failing host may be tried again.
    package func retryTime(isUrgent: Bool) -> Instant { isUrgent ? urgentRetryAt : retryAt }

    /// Whether lookups need not wait for it.
    package var isOut: Bool { isDown && !mayBeBack && established == 0 }

    /// No other host is connected to any more: this one is tried again before lookups fail.
    package mutating func noteNeed(now: Instant) {
        guard isDown else { return }
        mayBeBack = true
        urgentRetryAt = now
    }

    /// Notes a failure of an attempt begun at `start`. Attempts that were made at the same time count as one.
    ///
    /// - Parameters:
    ///   - isAlone: whether there is no other connection to it, nor an attempt.
    ///   - jitter: 0 to 1, spreads the next attempts of many daemons.
    package mutating func noteFailure(
        begunAt start: Instant, isAlone: Bool, now: Instant, longest: Int64, jitter: Double
    ) {
        if isAlone { isDown = true }
        mayBeBack = false
        guard start > lastFailure || failures == 0 else { return }
        lastFailure = now
        failures += 1
        let doubled = Self.firstBackOff << Int64(min(failures - 1, 30))
        func retryTime(_ backOff: Int64) -> Instant {
            now.advanced(byNanoseconds: Int64(Double(backOff) * (0.5 + jitter / 2)))
        }
        retryAt = retryTime(min(doubled, longest))
        urgentRetryAt = retryTime(min(doubled, longest, Self.longestUrgentBackOff))
    }

    /// Notes that a connection to it hangs. It is avoided for twice as long each time, unless it has not hung
    /// for as long as it was avoided before.
    ///
    /// - Parameter isCertain: whether other connections to it were checked, too, and had no answer; otherwise
    ///   it is avoided for a moment.
    /// - Returns: false if it is avoided already: connections that hang at the same time count as one.
    package mutating func noteHang(isCertain: Bool, now: Instant, longest: Int64) -> Bool {
        if isAvoided(at: now) { return false }
        let hasBehaved = avoidedUntil.advanced(byNanoseconds: avoidance) <= now
        if hasBehaved || !isCertain {
            avoidance = Self.avoidance
        } else {
            avoidance = max(avoidance, min(2 * avoidance, longest))
        }
        avoidedUntil = now.advanced(byNanoseconds: avoidance)
        hasAnswered = false
        return true
    }

    /// Notes that it is reported that the host hangs.
    package mutating func noteSaidToHang() { isSaidToHang = true }

    /// Whether it is to be reported now that a host that hung is used again. This is reported once, and not
    /// of a host that fails, which is reported otherwise.
    package mutating func takeReturn(now: Instant) -> Bool {
        guard isSaidToHang, !isAvoided(at: now) else { return false }
        isSaidToHang = false
        return !isFailing
    }

    /// Notes the end of a connection that was of use for a time in nanoseconds. A host whose connections end
    /// soon after they are made rests, once more than `allowed` in a row have done so.
    package mutating func noteLife(_ nanoseconds: Int64, now: Instant, allowed: Int) {
        briefLives = nanoseconds < Self.briefLife ? briefLives + 1 : 0
        guard briefLives > allowed else { return }
        let rests = Self.rests
        let doubled = rests.lowerBound << Int64(min(briefLives - allowed - 1, 10))
        restsUntil = now.advanced(byNanoseconds: min(doubled, rests.upperBound))
    }

    package mutating func noteSuccess() {
        failures = 0
        isDown = false
        mayBeBack = false
    }

    /// Notes that a connection that was of use has ended: if the host was full, there is room again.
    package mutating func noteEnd() {
        if !isDown { failures = 0 }
    }
}
