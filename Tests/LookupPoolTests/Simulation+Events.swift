// What happens to the pool: clients, connections and hosts when their time has come.

import LookupValues
import PoolHealth

@testable import LookupPool

extension Simulation {
    // MARK: Clients

    func wakeClients() {
        clientsWakeAt = after(upTo: random.once(in: 50) ? 3000 : 10)
        if random.once(in: 4) { database.version += 1 }
        if setting.oneInMigrating > 0 && random.once(in: setting.oneInMigrating) {
            for slot in links.indices { links[slot]?.session.noteMigration() }
        }
        changeMeaning()
        changePause()
        for _ in 0..<(1 + random.below(setting.burst)) { submit() }
        guard random.once(in: 3) else { return }
        for sequence in ledger.lookups.keys.sorted() where random.once(in: 10) {
            pool.cancel(ledger.lookups[sequence]!.id)
            ledger.remove(sequence)
        }
        compare()
    }

    /// Somebody pauses the pool, or resumes it.
    func changePause() {
        if pausedUntil != nil {
            guard random.once(in: 20) else { return }
            pool.resume(now: now)
            notePauseOver()
        } else if setting.oneInPaused > 0 && random.once(in: setting.oneInPaused) {
            pausedUntil = after(upTo: [1, 300, 3000].randomElement(using: &random)!)
            pool.pause(until: pausedUntil!)
        }
    }

    /// What names mean, or the settings of new sessions, become others; or tables begin or cease to err at a host.
    func changeMeaning() {
        if setting.oneInRedefining > 0 && random.once(in: setting.oneInRedefining) {
            if random.once(in: 2) {
                database.meaning.schema += 1
                schemaChanges.append(now)
            } else {
                database.meaning.settings += 1
                settingsChanges.append(now)
            }
        }
        if setting.oneInErring > 0 && random.once(in: setting.oneInErring) {
            for host in hosts.indices where host != setting.steadyHost {
                hosts[host].erringTables = Set(setting.natures.indices.filter { _ in random.once(in: 3) })
            }
        }
    }

    func submit() {
        sequence += 1
        let table = random.below(setting.natures.count)
        let key = random.below(setting.keys)
        // Some are too long for the pool's array of keys.
        let zeros = [UInt8](repeating: 0, count: key % 5 == 0 ? 70 : 0)
        let bytes = zeros + [UInt8(key / 256), UInt8(key % 256)]
        let isFull = ledger.waiting >= setting.limits.waiting
        do {
            let since = setting.sharing.map { now.advanced(byNanoseconds: -$0) } ?? .distantFuture
            let deadline = now.advanced(byNanoseconds: setting.limits.lookupTimeout)
            let id = try pool.submit(
                Requester(client: 1, sequence: sequence), table: table, key: bytes.span, deadline: deadline,
                joinsSentAfter: since, wantsKeeping: true, now: now)
            expect(!isFull, "more lookups wait than may")
            let lookup = LookupLedger.Lookup(
                id: id, table: table, key: key, deadline: deadline, submittedAt: step,
                version: database.version, at: now)
            let query = QueryID(index: pool.lookups[id.index].query)
            if ledger.queries[query]?.isInFlight ?? false {
                if let wrong = ledger.share(sequence, lookup, query, since: since) { expect(false, wrong) }
                outcomes["share", default: 0] += 1
            } else {
                ledger.submit(sequence, lookup, isPure: isPure[table])
            }
        } catch .waitingFull {
            expect(isFull, "refused though few are waiting")
            outcomes["waitingFull", default: 0] += 1
        } catch .unreachable {
            expect(
                isUnreachable && !isWaitingOut && setting.steadyHost == nil,
                "refused though a host can be reached")
            outcomes["unreachable", default: 0] += 1
        } catch {
            expect(false, "refused with \(error)")
        }
    }

    // MARK: Hosts

    func changeHost(_ host: Int) {
        let kills = random.once(in: 2)
        if host == setting.steadyHost {
            hosts[host].capacity = [1, 2, .max].randomElement(using: &random)!
        } else {
            hosts[host].condition = [.up, .up, .refusing, .silent, .dropping, .frozen].randomElement(
                using: &random)!
            hosts[host].capacity = [1, 2, .max, .max].randomElement(using: &random)!
        }
        hosts[host].changesAt = after(upTo: [50, 1000, 20_000].randomElement(using: &random)!)
        guard kills else { return }
        for slot in links.indices {
            guard let link = links[slot], link.host == host, link.isEstablished else { continue }
            if link.isProven || host != setting.steadyHost { disconnect(slot) }
        }
    }
}
