// Whom a lease listens to, and what becomes of its connections.

package import LookupValues

extension Lease {
    // MARK: Connecting

    mutating func connect(now: Instant) {
        for host in hosts.indices where hosts[host].phase == .down && hosts[host].retryAt <= now {
            hosts[host].begin()
            actions.append(.connect(.host(host), host: host))
        }
        if let listened, isListening, beats.phase == .down, beats.retryAt <= now {
            beats.begin()
            actions.append(.connect(.beats, host: listened))
        }
    }

    /// A connection to a host has led to the server with this identity. `connected` follows.
    package mutating func reached(_ host: Int, server: UInt64, now: Instant) {
        tell(.server(target: terms.target, host: host, identity: server), now: now)
    }

    /// - Parameter isPooled: whether a pooler is between: then nothing can be heard.
    package mutating func connected(_ link: LeaseLink, isPooled: Bool, now: Instant) {
        switch link {
        case .host(let host) where isPooled:
            actions.append(.close(link))
            hosts[host].end(until: now.advanced(byNanoseconds: Self.longPause))
            standings[host] = .pooled
            if poolersLogged.insert(host).inserted { actions.append(.log(.pooled(host: host))) }
            unfollow(host, now: now)
        case .host(let host):
            hosts[host].noteConnected()
            standings[host] = .unknown
            plainUntil[host] = Instant(nanoseconds: .min)
            check(host, now: now)
        case .beats where isPooled:
            actions.append(.close(link))
            beats.end(until: now.advanced(byNanoseconds: Self.longPause))
        case .beats:
            beats.noteConnected()
            isAnalysing = false
            isBeating = false
            isBeatLinkUsed = false
            if currentLook == nil { analysisDueAt = now }
        }
    }

    /// How long a host is left alone that can't be listened to, in nanoseconds.
    private static let longPause: Int64 = 60_000_000_000

    /// A connection could not be made, or has ended.
    package mutating func lost(_ link: LeaseLink, now: Instant) {
        let jitter = Double(random.next() >> 11) / 9_007_199_254_740_992
        switch link {
        case .host(let host):
            hosts[host].noteLoss(now: now, longest: terms.longestBackOff, jitter: jitter)
            standings[host] = .unknown
            reports[host] = nil
            if host == listened { endListening(now: now) }
            unfollow(host, now: now)
        case .beats:
            beats.noteLoss(now: now, longest: terms.longestBackOff, jitter: jitter)
            ledger.dismissLatest()
            if isAnalysing { analysisDueAt = now }
            isAnalysing = false
            isBeating = false
        }
    }

    /// Has the connection for beats made anew, as a session keeps the settings of its beginning.
    mutating func reopenBeats() {
        guard let listened else { return }
        actions.append(.close(.beats))
        beats.end(until: Instant(nanoseconds: .min))
        beats.begin()
        actions.append(.connect(.beats, host: listened))
    }

    private mutating func lose(_ link: LeaseLink, now: Instant) {
        actions.append(.close(link))
        lost(link, now: now)
    }

    /// Gives up connections that answer no more, and the one that listens if beats don't arrive on it.
    mutating func loseSilent(now: Instant) {
        for host in hosts.indices {
            if let asked = hosts[host].askedAt, asked.advanced(byNanoseconds: Self.questionPatience) <= now {
                lose(.host(host), now: now)
            }
        }
        if isBeating, let asked = beats.askedAt, asked.advanced(byNanoseconds: terms.patience) <= now {
            lose(.beats, now: now)
        }
        if let listened, let since = ledger.unheardSince,
            since.advanced(byNanoseconds: terms.patience) <= now
        {
            actions.append(.log(.deaf(host: listened)))
            lose(.host(listened), now: now)
        }
    }

    // MARK: Listening

    /// The first primary is listened to, and stays that: a later one among the hosts is another database.
    mutating func chooseHost(now: Instant) {
        guard listened == nil else { return }
        for host in hosts.indices {
            if standings[host] == .primary && hosts[host].isIdle {
                listened = host
                hosts[host].askedAt = now
                actions.append(.listen(host: host))
                return
            }
            // It may be one. If it can't be reached, it has failed soon.
            if standings[host] == .unknown && hosts[host].failures == 0 { return }
        }
        // A server that is started anew is back at the second attempt, or a few later.
        let isAnyAwaited = hosts.indices.contains { standings[$0] == .unknown && hosts[$0].failures < 2 }
        guard !isUnheard, !isAnyAwaited, !standings.contains(.primary) else { return }
        isUnheard = true
        dropProof(.unheard, now: now)
        actions.append(.log(.unheard))
    }

    /// LISTEN has been answered: whatever is committed after `now` is heard.
    package mutating func listens(_ host: Int, now: Instant) {
        hosts[host].askedAt = nil
        isListening = true
        isUnheard = false
        isLate = false
        verifiedAt = nil
        heard = HeardChanges()
        marks = ReplayMarks()
        // First, as of when what was proven is verified: see `AnswerCache`.
        dropProof(.unknown, now: now)
        tell(.listening(target: terms.target, host: host, at: now), now: now)
        for other in hosts.indices where other != host {
            follows[other] = false
            tell(.unverified(target: terms.target, host: other), now: now)
        }
        actions.append(.log(.listening(host: host)))
    }

    /// What was verified stays so, and is soon too old. What is heard next is told as of a new beginning.
    private mutating func endListening(now: Instant) {
        guard let host = listened else { return }
        if isListening { actions.append(.log(.listeningLost(host: host))) }
        listened = nil
        isListening = false
        ledger.dismissAll()
        if beats.phase != .down { actions.append(.close(.beats)) }
        beats = LinkState()
        isAnalysing = false
        isBeating = false
        analysisDueAt = nil
    }
}
