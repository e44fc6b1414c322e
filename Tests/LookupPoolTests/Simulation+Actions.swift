// What the pool says, held against the account, and then done.

import LookupPool
import LookupValues
import PoolHealth

extension Simulation {
    /// Takes the actions that an event has brought, checks them all, and performs them.
    func perform(_ context: Context) {
        var actions: [PoolAction] = []
        pool.takeActions(into: &actions)
        for action in actions where problem == nil { account(for: action, context) }
        if problem == nil { settle(context) }
        for id in lostTooOften where problem == nil {
            expect(ledger.queries[id]!.lookups.isEmpty, "a lookup is not told that it was lost too often")
            ledger.finish(id)
        }
        lostTooOften = []
        if problem == nil { compare() }
        for action in actions where problem == nil { transmit(action) }
    }

    func account(for action: PoolAction, _ context: Context) {
        switch action {
        case .connect(let connection, let host):
            expect(links[connection.slot] == nil, "a second connection in a slot")
            expect(pausedUntil == nil, "a connection in a pause")
            let own = setting.limits.connections + 1
            expect(
                connection.slot < own || connection.slot - own == host,
                "a connection elsewhere than it should be")
            // One takes another's place at a time.
            expect(
                links.prefix(own).count { $0 != nil } + (connection.slot < own ? 1 : 0) <= own,
                "more connections than there may be")
            expect(!isShutDown || !ledger.lookups.isEmpty, "a connection for nobody")
            connects = connects.filter { $0.advanced(byNanoseconds: 1_000_000_000) > now } + [now]
            // Idle connections that are closed are made again as often as lookups come, and hosts that fail are tried as
            // often as retry_interval says.
            let isBounded =
                setting.limits.idleInterval == nil && setting.limits.retryInterval >= 1_000_000_000
            expect(
                !isBounded || connects.count <= 20 * setting.limits.connections * hosts.count,
                "more connections than are good: \(connects.count)")
            links[connection.slot] = Link(
                id: connection, host: host, begunAt: now, begunWith: database.meaning.settings,
                wakesAt: after(upTo: 5))
            refused[connection.slot] = []
        case .close(let connection):
            guard let link = link(connection) else { return }
            close(link)
            links[connection.slot] = nil
            if closesForTrouble(link) { noteLoss(of: link) }
        case .prepare(let connection, let table):
            guard let link = link(connection) else { return }
            expect(link.isEstablished && link.openStatements == 0, "a preparation in the wrong place")
            send(.preparation(table: table), on: connection.slot)
        case .check(let connection):
            guard let link = link(connection) else { return }
            expect(link.isEstablished && link.openStatements == 0, "a check in the wrong place")
            send(.check, on: connection.slot)
        case .look(let connection):
            guard let link = link(connection) else { return }
            expect(link.isEstablished && link.openStatements == 0, "a look in the wrong place")
            expect(setting.limits.freshness != nil, "a look that nobody wants")
            send(.look, on: connection.slot)
        case .release(let connection, let table, let isArray):
            guard let link = link(connection) else { return }
            expect(link.openStatements == 0 && !link.isPooled, "a statement is let go of in the wrong place")
            send(.release(table: table, isArray: isArray), on: connection.slot)
        case .reset(let connection, let step):
            guard let link = link(connection) else { return }
            expect(link.isEstablished && !link.isPooled, "a reset in the wrong place")
            send(.reset(step), on: connection.slot)
        case .send(let connection, let id, let form):
            guard let query = send(id, form, on: connection) else { return }
            send(.query(query), on: connection.slot)
        case .sendArray(let connection, let table, let ids):
            expect(ids.count >= setting.limits.smallestArray ?? .max, "an array that nobody wants")
            let queries = ids.compactMap { send($0, .prepared, on: connection) }
            guard problem == nil else { return }
            expect(queries.allSatisfy { $0.table == table }, "an array of several tables")
            send(.array(queries), on: connection.slot)
            expect(links[connection.slot]!.load <= setting.limits.pipelineDepth, "the pipeline is too long")
        case .survey(let connection, let table):
            guard let link = link(connection) else { return }
            expect(link.isEstablished && link.openStatements == 0, "a survey in the wrong place")
            send(.survey(table: table), on: connection.slot)
        case .prepareArray(let connection, let table):
            guard let link = link(connection) else { return }
            expect(link.isEstablished && link.openStatements == 0, "a preparation in the wrong place")
            send(.arrayPreparation(table: table), on: connection.slot)
        case .sync(let connection):
            guard let link = link(connection) else { return }
            expect(link.openStatements > 0, "a Sync for nothing")
            links[connection.slot]!.openStatements = 0
            links[connection.slot]!.inFlight.append(.sync)
        case .answer(let requester, let answer):
            self.answer(requester!.sequence, answer, context)
        case .keep(let answer):
            keep(answer, context)
        case .fail(let requester, let failure):
            fail(requester.sequence, failure, context)
        case .gaveUp(let host):
            expect(
                links.contains { $0?.host == host && !$0!.inFlight.isEmpty },
                "a connection is given up that owes nothing")
        case .hostHangs(let host):
            expect(links.contains { $0?.host == host }, "a host hangs that nobody is connected to")
            saidToHang.insert(host)
        case .hostReturned(let host):
            expect(
                saidToHang.remove(host) != nil && !hasFailed[host],
                "a host returns that did not hang, or fails")
        case .renewalFailed:
            break
        case .hostFailed(let host):
            expect(!isReportedDown[host] && hasFailed[host], "a host has failed twice, or not at all")
            expect(!links.contains { $0?.host == host }, "a host has failed that is connected to")
            isReportedDown[host] = true
        case .hostRecovered(let host):
            expect(isReportedDown[host] && !hasFailed[host], "a host has recovered twice, or not at all")
            isReportedDown[host] = false
        case .pauseOver:
            expect(pausedUntil.map { $0 <= now } ?? false, "a pause is over before its time, or was none")
            notePauseOver()
        }
    }

    func link(_ connection: ConnectionID) -> Link? {
        let link = links[connection.slot]
        expect(link?.id == connection, "an action for a connection that is gone")
        return link
    }

    /// Accounts for a query that is sent; nil where that is wrong.
    func send(
        _ id: QueryID, _ form: QueryForm, on connection: ConnectionID
    ) -> SimulatedSession.Query? {
        guard let link = link(connection) else { return nil }
        let (table, key) = question(of: id)
        expect(link.isEstablished, "sent on a connection that is not there yet")
        expect(pausedUntil == nil, "sent in a pause")
        expect(link.load < setting.limits.pipelineDepth, "the pipeline is too long")
        let wrong = ledger.send(
            id, table: table, key: key, to: link.host, isPure: link.isPure[table], at: now)
        if let wrong { expect(false, wrong) }
        ledger.noteSending(id, step: step, version: database.version)
        return SimulatedSession.Query(
            id: id, table: table, key: key, form: form, sentAt: step, wasPure: link.isPure[table])
    }

    func send(_ statement: SimulatedSession.Statement, on slot: Int) {
        if links[slot]!.inFlight.isEmpty { links[slot]!.progressAt = now }
        expect(
            !links[slot]!.isPooled || !links[slot]!.inFlight.contains(.sync),
            "a batch behind another one, through a pooler")
        links[slot]!.inFlight.append(statement)
        links[slot]!.openStatements += 1
    }

    /// A connection is closed because nobody needs it, it is retired, it has not come about, or it has fallen silent.
    func close(_ link: Link) {
        if !link.isEstablished {
            if now >= giveUpAt(link) { hasFailed[link.host] = true }
        } else if ledger.lookups.isEmpty && (isShutDown || setting.limits.idleInterval != nil) {
            for query in link.queries { ledger.finish(query.id) }
            // Which of the two it is for a silent one can't be told from here.
            if !link.inFlight.isEmpty && !link.isProven && now >= silentAt(link) {
                hasFailed[link.host] = true
            }
        } else if !link.inFlight.isEmpty {
            if now >= silentAt(link) {
                if !link.isProven { hasFailed[link.host] = true }
                return lose(link)
            }
            expect(now >= stalledAt(link), "closed with something in flight")
            for query in link.queries { ledger.requeue(query.id) }
        }
    }

    /// Whether a connection that is closed counts as lost: it has said nothing for too long, and somebody is waiting for it.
    func closesForTrouble(_ link: Link) -> Bool {
        link.isEstablished && !link.inFlight.isEmpty && now >= silentAt(link) && !ledger.lookups.isEmpty
    }

    /// Has what was in flight sent again, unless it was lost too often for that, or at a second host.
    ///
    /// Only what the server may have been at counts as lost.
    func lose(_ link: Link) {
        var first = link.inFlight.prefix { $0 != .sync }.flatMap(\.queries)
        if let uncommitted = link.uncommitted { first.append(uncommitted.0) }
        for query in link.queries {
            let account = ledger.queries[query.id]!
            if !first.contains(query) {
                ledger.requeue(query.id)
            } else if account.losses < 4 && account.lostHost ?? link.host == link.host {
                ledger.requeue(query.id, lostAt: link.host)
            } else {
                lostTooOften.append(query.id)
            }
        }
    }

    func silentAt(_ link: Link) -> Instant {
        link.progressAt.advanced(byNanoseconds: setting.limits.silenceTimeout)
    }

    /// When it may be given up as it holds up others, at the earliest.
    func stalledAt(_ link: Link) -> Instant {
        link.progressAt.advanced(byNanoseconds: 3 * setting.limits.stallInterval / 2)
    }

    func giveUpAt(_ link: Link) -> Instant {
        link.begunAt.advanced(byNanoseconds: setting.limits.connectTimeout + 1_000_000_000)
    }

    func question(of id: QueryID) -> (table: Int, key: Int) {
        let (table, key) = pool.question(of: id)
        return (table, number(key.span))
    }

    func number(_ key: Span<UInt8>) -> Int {
        key.indices.reduce(0) { $0 * 256 + Int(key[$1]) }
    }

    // MARK: Performing

    /// Does what an action says, unless its connection has broken meanwhile; sending may break it.
    func transmit(_ action: PoolAction) {
        switch action {
        case .prepare(let connection, let table):
            transmit(.preparation(table: table), on: connection)
        case .send(let connection, let id, let form):
            guard let link = links[connection.slot], link.id == connection else { return }
            transmit(.query(query(id, form, on: link)), on: connection)
        case .sendArray(let connection, _, let ids):
            guard let link = links[connection.slot], link.id == connection else { return }
            var keys: [Int] = []
            pool.forEachKey(of: ids) { keys.append(number($0)) }
            expect(keys == ids.map { question(of: $0).key }, "an array statement has other keys")
            transmit(.array(ids.map { query($0, .prepared, on: link) }), on: connection)
        case .survey(let connection, let table):
            transmit(.survey(table: table), on: connection)
        case .prepareArray(let connection, let table):
            transmit(.arrayPreparation(table: table), on: connection)
        case .check(let connection):
            transmit(.check, on: connection)
        case .look(let connection):
            transmit(.look, on: connection)
        case .release(let connection, let table, let isArray):
            transmit(.release(table: table, isArray: isArray), on: connection)
        case .reset(let connection, let step):
            transmit(.reset(step), on: connection)
        case .sync(let connection):
            transmit(.sync, on: connection)
        case .connect, .close, .answer, .keep, .fail, .gaveUp, .hostHangs, .hostReturned, .renewalFailed,
            .hostFailed,
            .hostRecovered, .pauseOver:
            break
        }
    }

    func query(_ id: QueryID, _ form: QueryForm, on link: Link) -> SimulatedSession.Query {
        let (table, key) = question(of: id)
        return SimulatedSession.Query(
            id: id, table: table, key: key, form: form, sentAt: step, wasPure: link.isPure[table])
    }

    func transmit(_ statement: SimulatedSession.Statement, on connection: ConnectionID) {
        let slot = connection.slot
        guard let link = links[slot], link.id == connection else { return }
        if link.isProven && oneInLost > 0 && random.once(in: oneInLost * 5) { return disconnect(slot) }
        links[slot]!.session.receive(statement)
        if links[slot]!.wakesAt == nil { links[slot]!.wakesAt = after(upTo: 3) }
    }

    /// A short while from now, in steps that make things coincide now and then.
    func after(upTo milliseconds: Int) -> Instant {
        now.advanced(byNanoseconds: Int64(1 + random.below(milliseconds * 4)) * 250_000)
    }
}
