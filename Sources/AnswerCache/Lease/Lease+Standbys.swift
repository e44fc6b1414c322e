// Which hosts are proved to follow the one that is listened to, and how far.

package import LookupValues

extension Lease {
    /// How soon a standby is asked again that lacks something, and how long after it was heard, in nanoseconds.
    private static let soon: Int64 = 50_000_000
    private static let isSoonFor: Int64 = 1_000_000_000
    /// For how long a host that does not tell all is asked only whether it is a standby, in nanoseconds: each refusal is an
    /// error in the server's log.
    private static let plainInterval: Int64 = 600_000_000_000

    mutating func checkHosts(now: Instant) {
        for host in hosts.indices where host != listened && hosts[host].isIdle && checkDueAt[host] <= now {
            check(host, now: now)
        }
    }

    mutating func check(_ host: Int, now: Instant) {
        hosts[host].askedAt = now
        actions.append(.check(host: host, isPlain: now < plainUntil[host]))
    }

    /// What a host has answered.
    package mutating func checked(_ host: Int, _ report: HostReport, now: Instant) {
        guard let askedAt = hosts[host].askedAt else { return }
        hosts[host].askedAt = nil
        // A primary is of use once it is heard.
        if report.isStandby { hosts[host].noteUse() }
        reports[host] = report
        standings[host] = report.isStandby ? .standby : .primary
        checkDueAt[host] = now.advanced(byNanoseconds: terms.beatInterval)
        guard isListening, let verifiedAt, isFollowing(report) else {
            if isListening { unfollow(host, now: now) }
            return
        }
        if let replayed = report.replayed {
            if let heardBy = marks.heard(replayed: replayed) {
                tell(
                    .fence(target: terms.target, host: host, heardBy: heardBy, provenAt: now), now: now)
            }
            if marks.exceed(replayed), now < verifiedAt.advanced(byNanoseconds: Self.isSoonFor) {
                checkDueAt[host] = now.advanced(byNanoseconds: Self.soon)
            }
        }
        // What could be seen there before it was asked was there because of what the primary had committed.
        tell(.verified(target: terms.target, host: host, at: min(verifiedAt, askedAt)), now: now)
        if !follows[host] { actions.append(.log(.follows(host: host))) }
        follows[host] = true
    }

    /// Whether a host receives what the one that is listened to writes. Identifiers alone don't prove that: a standby of a
    /// standby that was promoted has the same.
    private func isFollowing(_ report: HostReport) -> Bool {
        guard report.isStandby, let listened, let primary = reports[listened],
            let system = primary.system, let timeline = primary.timeline
        else { return false }
        return report.system == system && report.timeline == timeline
    }

    /// The server has refused what was asked.
    package mutating func refused(_ host: Int, now: Instant) {
        hosts[host].askedAt = nil
        if host == listened || now < plainUntil[host] {
            actions.append(.close(.host(host)))
            lost(.host(host), now: now)
        } else {
            plainUntil[host] = now.advanced(byNanoseconds: Self.plainInterval)
            check(host, now: now)
        }
    }

    mutating func unfollow(_ host: Int, now: Instant) {
        guard follows[host] else { return }
        follows[host] = false
        actions.append(.log(.followsNot(host: host)))
        tell(.unverified(target: terms.target, host: host), now: now)
    }
}
