// What a pool knows of one host: how it is preferred, who is connected to it, and whether it fails.

package import LookupValues

package struct HostState {
    /// Attempts to connect to one host at a time.
    private static let simultaneousAttempts = 8
    /// How long a host is only the second choice after a connection to it hung, at first; it doubles up to the longest
    /// back-off.
    private static let avoidance: Int64 = 1_000_000_000
    /// The back-off after a host's first failure; each further one doubles it.
    private static let firstBackOff: Int64 = 100_000_000
    /// The longest back-off while no host is connected to.
    private static let longestUrgentBackOff: Int64 = 1_000_000_000
    /// A connection that ends so soon says that the next one may, too.
    private static let briefLife: Int64 = 1_000_000_000
    /// How long a host rests whose connections are so short-lived, at first and at most: it doubles each time.
    private static let rests: ClosedRange<Int64> = 25_000_000...200_000_000

    /// Lower is better; a worse host is used only while no better one can be.
    package let preference: Int
    /// Connections by phase.
    package var connecting = 0
    package var established = 0
    /// Failures since the last connection that was of use; 0: nothing is known against the host.
    package private(set) var failures = 0
    /// Whether the last of its connections and attempts has failed, and none has been of use since. A host that fails
    /// while others are connected to it is full, not down.
    package private(set) var isDown = false
    /// When a failing host may be tried again.
    private var retryAt = Instant(nanoseconds: .min)
    /// When it may be where no other host is connected to.
    private var urgentRetryAt = Instant(nanoseconds: .min)
    /// Whether the last connection to any other host has ended since this one went down: it may be back.
    package private(set) var mayBeBack = false
    /// A connection to it hung, and nothing spoke for the host: until then others are better.
    package private(set) var avoidedUntil = Instant(nanoseconds: .min)
    /// How long it was avoided last.
    private var avoidance = Self.avoidance
    /// Whether somebody was told that it hangs, and not yet that it does not any more.
    package private(set) var isSaidToHang = false
    /// Whether it has answered anything since.
    private var hasAnswered = false
    /// How many of its connections have ended soon after they were made, one after the other, and until when it gets a rest
    /// for that.
    private var briefLives = 0
    package private(set) var restsUntil = Instant(nanoseconds: .min)
    private var lastFailure = Instant(nanoseconds: .min)

    /// Whether the last attempt to make a connection in the place of another one has failed here.
    package var hasRenewalFailed = false

    package init(preference: Int) {
        self.preference = preference
    }

    package var connections: Int { connecting + established }
    package var isFailing: Bool { failures > 0 }

    package func isAvoided(at now: Instant) -> Bool { avoidedUntil > now && !hasAnswered }

    /// Notes an answer: it does not hang any more.
    package mutating func noteAnswer() { hasAnswered = true }

    /// A host without failures may be connected to at any time, by so many attempts at a time; a failing one is probed by
    /// one at a time, when its back-off is over.
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

    /// Nobody is connected to another host any more: this one is tried again before lookups fail.
    package mutating func noteNeed(now: Instant) {
        guard isDown else { return }
        mayBeBack = true
        urgentRetryAt = now
    }

    /// Notes a failure of an attempt begun at `start`. Attempts that were under way together count as one.
    ///
    /// - Parameters:
    ///   - isAlone: whether there is no other connection to it, nor an attempt.
    ///   - jitter: 0 to 1, spreads the next tries of many daemons.
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

    /// Notes that a connection to it hangs. It is avoided for twice as long each time, unless that has not happened for as
    /// long as it was avoided before.
    ///
    /// - Parameter isCertain: whether others were asked, too, and said nothing; otherwise it is avoided for a moment.
    /// - Returns: false where it is avoided already: connections that hang together count as one.
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

    /// Notes that somebody is told that it hangs.
    package mutating func noteSaidToHang() { isSaidToHang = true }

    /// Whether somebody who was told that it hangs is to be told now that it is used again: once, and not of a host that fails,
    /// which is told otherwise.
    package mutating func takeReturn(now: Instant) -> Bool {
        guard isSaidToHang, !isAvoided(at: now) else { return false }
        isSaidToHang = false
        return !isFailing
    }

    /// Notes the end of a connection that was of use for so many nanoseconds. A host whose connections end as soon as they
    /// are made gets a rest, once that has happened to more than so many.
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
