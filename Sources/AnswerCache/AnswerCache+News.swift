// What news do to what is kept.

package import LookupValues

extension AnswerCache {
    /// Takes in news.
    ///
    /// - Parameter now: read after the news had come: a fence counts if it was begun after the `now` of a change.
    package mutating func take(_ news: CacheNews, now: Instant) {
        switch news {
        case .listening(let target, let host, let at): listen(target, host, at)
        case .proven(let table, let key): prove(table, key, now)
        case .unproven(let table, let reason): unprove(table, reason)
        case .changed(let table, let keys): change(table, keys, now)
        case .verified(let target, let host, let at):
            let place = place(target, host)
            if place >= 0 { hosts[place].verifiedAt = max(hosts[place].verifiedAt, at) }
        case .unverified(let target, let host): distrust(target, host, now)
        case .server(let target, let host, let identity):
            let place = place(target, host)
            if place >= 0 && hosts[place].server != identity {
                hosts[place].begin(at: now, of: identity)
            }
        case .fence(let target, let host, let heardBy, let provenAt):
            let place = place(target, host)
            if place >= 0 { hosts[place].add(fenceHeardBy: heardBy, provenAt: provenAt) }
        }
    }

    /// One host of a target is listened to at a time. What the others answered was proved by the one before.
    private mutating func listen(_ target: Int, _ host: Int, _ at: Instant) {
        let listened = place(target, host)
        guard listened >= 0 else { return }
        let target = listened / hostsOfTarget
        targets[target].listened = host
        targets[target].listenedAt = at
        for place in target * hostsOfTarget..<(target + 1) * hostsOfTarget { hosts[place].begin(at: at) }
    }

    private mutating func distrust(_ target: Int, _ host: Int, _ now: Instant) {
        let place = place(target, host)
        guard place >= 0 else { return }
        hosts[place].begin(at: now)
        let target = place / hostsOfTarget
        if targets[target].listened == host {
            targets[target].listened = -1
            targets[target].listenedAt = now
        }
    }

    private mutating func prove(_ table: Int, _ key: NotifiedKey?, _ now: Instant) {
        let slot = slot(of: table)
        guard slot >= 0, tables[slot].isNotified else { return }
        if key != nil && tables[slot].firstStripe < 0 {
            tables[slot].firstStripe = changes.count
            changes.append(TableState.never, times: Self.stripes)
            room.reserved = changes.count * 8
        }
        notifiedKeys[slot] = key
        if tables[slot].isProven { endProof(slot) }
        if tables[slot].provenUntil > tables[slot].provenAt {
            tables[slot].formerProvenAt = tables[slot].provenAt
            tables[slot].formerProvenUntil = tables[slot].provenUntil
        }
        tables[slot].isProven = true
        tables[slot].provenAt = now
    }

    private mutating func unprove(_ table: Int, _ reason: CacheBypass) {
        let slot = slot(of: table)
        guard slot >= 0 else { return }
        if tables[slot].isProven { endProof(slot) }
        tables[slot].isProven = false
        tables[slot].bypass = reason
    }

    /// Notes until when changes were notified.
    private mutating func endProof(_ slot: Int) {
        let listened = targets[tables[slot].target].listened
        tables[slot].provenUntil =
            listened < 0 ? TableState.never : hosts[tables[slot].firstHost + listened].lastVerifiedAt
    }

    private mutating func change(_ table: Int, _ keys: [UInt64]?, _ now: Instant) {
        let slot = slot(of: table)
        guard slot >= 0 else { return }
        tables[slot].changedAt = max(tables[slot].changedAt, now)
        if let keys, tables[slot].firstStripe >= 0 {
            figures[slot].changedKeys &+= keys.count
            for key in keys { changes[tables[slot].firstStripe + Int(key >> 52)] = now }
        } else {
            figures[slot].changedTables &+= 1
            tables[slot].countsAfter = max(tables[slot].countsAfter, now)
        }
    }

    /// Which of the cache's targets has a number; nil: none.
    func place(ofTarget number: Int) -> Int? {
        guard number >= 0 else { return nil }
        for place in 0..<targets.count where targets[place].number == number { return place }
        return nil
    }

    /// Where a host is; -1 if its target is not cached. There is room for it then.
    private mutating func place(_ target: Int, _ host: Int) -> Int {
        guard host >= 0, host < 256,
            let place = place(ofTarget: target)
        else { return -1 }
        if host >= hostsOfTarget { makeRoom(forHost: host) }
        return place * hostsOfTarget + host
    }

    private mutating func makeRoom(forHost host: Int) {
        let before = hostsOfTarget
        while host >= hostsOfTarget { hostsOfTarget *= 2 }
        var widened = Row(repeating: HostState(), count: targets.count * hostsOfTarget)
        for target in 0..<targets.count {
            for host in 0..<hostsOfTarget {
                let place = target * hostsOfTarget + host
                if host < before {
                    widened[place] = hosts[target * before + host]
                } else {
                    widened[place].begin(at: targets[target].listenedAt)
                }
            }
        }
        hosts = widened
        for slot in 0..<tables.count where tables[slot].number >= 0 {
            tables[slot].firstHost = tables[slot].target * hostsOfTarget
        }
    }
}
