// What connections and their servers do when their time has come.

import LookupValues
import PoolHealth

@testable import LookupPool

extension Simulation {
    // MARK: Connections

    func wake(_ slot: Int) {
        if links[slot]!.isEstablished { serve(slot) } else { connect(slot) }
    }

    func connect(_ slot: Int) {
        let link = links[slot]!
        let taken = links.filter { $0?.host == link.host && $0!.isEstablished }.count
        switch hosts[link.host].condition {
        case .up where taken < hosts[link.host].capacity, .dropping:
            links[slot]!.isEstablished = true
            links[slot]!.wakesAt = hosts[link.host].condition == .dropping ? after(upTo: 2) : nil
            for table in setting.natures.indices where setting.natures[table] == .fickle {
                if database.oneInRefused > 0 && random.once(in: database.oneInRefused) {
                    refused[slot].insert(table)
                }
            }
            let isPooled = setting.oneInPooled > 0 && random.once(in: setting.oneInPooled)
            links[slot]!.isPooled = isPooled
            links[slot]!.session.isPooled = isPooled
            links[slot]!.isPure = setting.natures.map(\.isPure)
            links[slot]!.session.settings = link.begunWith
            links[slot]!.foundWith = database.meaning.settings
            let isCurrent = link.begunWith == database.meaning.settings
            if !isCurrent { links[slot]!.isPure = setting.natures.map { _ in false } }
            notePurity()
            pool.connected(
                link.id, pure: Set(setting.natures.indices.filter { setting.natures[$0].isPure }),
                refusing: refused[slot], isSerial: isPooled,
                dependencies: (link.host * 1_000_000 + database.meaning.settings, now), isCurrent: isCurrent,
                now: now)
            perform(.connected)
        case .silent where now < link.begunAt.advanced(byNanoseconds: setting.limits.connectTimeout),
            .frozen where now < link.begunAt.advanced(byNanoseconds: setting.limits.connectTimeout):
            links[slot]!.wakesAt = link.begunAt.advanced(byNanoseconds: setting.limits.connectTimeout)
        case .silent where random.once(in: 3):
            // The shell is stuck in a call and does not even say so.
            links[slot]!.wakesAt = nil
        case .up, .refusing, .silent, .frozen:
            hasFailed[link.host] = true
            links[slot] = nil
            let isFull = hosts[link.host].condition == .up
            pool.connectFailed(link.id, isFull: isFull, now: now)
            perform(.connectFailed)
        }
    }

    func disconnect(_ slot: Int) {
        let link = links[slot]!
        links[slot] = nil
        if !link.isProven { hasFailed[link.host] = true }
        noteLoss(of: link)
        lose(link)
        pool.disconnected(link.id, now: now)
        perform(.disconnected)
    }

    func serve(_ slot: Int) {
        let link = links[slot]!
        links[slot]!.wakesAt = after(upTo: 3)
        let isSteady = link.host == setting.steadyHost
        if hosts[link.host].condition == .dropping && !link.isProven { return disconnect(slot) }
        if hosts[link.host].condition == .frozen {
            links[slot]!.wakesAt = hosts[link.host].changesAt
            return
        }
        if oneInLost > 0 && (link.isProven || !isSteady) && random.once(in: oneInLost) {
            return disconnect(slot)
        }
        if oneInHanging > 0 && random.once(in: oneInHanging) {
            links[slot]!.wakesAt = after(upTo: 60_000)
            return
        }
        links[slot]!.session.execute(
            1 + random.below(30), database, at: hosts[link.host], using: &random)
        for _ in 0...random.below(30) {
            guard links[slot]?.id == link.id, let result = links[slot]!.session.takeResult() else { break }
            receive(result, on: slot)
        }
        guard links[slot]?.id == link.id else { return }
        if let violation = links[slot]!.session.violation { expect(false, violation) }
        if !links[slot]!.session.isBusy { links[slot]!.wakesAt = nil }
    }

    func receive(_ result: (of: SimulatedSession.Statement, SimulatedSession.Result), on slot: Int) {
        let connection = links[slot]!.id
        let host = links[slot]!.host
        links[slot]!.progressAt = now
        if result.1 == .uncommitted { return fail(commitOn: slot) }
        let statement = links[slot]!.inFlight.removeFirst()
        if statement == .sync {
            expect(result.of == .sync && pool.nextInFlight(on: connection) == .sync, "a batch ends elsewhere")
            let uncommitted = links[slot]!.uncommitted.take()
            pool.synced(on: connection, now: now)
            perform(uncommitted.map { .succeeded([$0.0], version: $0.version, $0.2) } ?? .result)
            return
        }
        if !links[slot]!.isProven { hasFailed[host] = false }
        links[slot]!.isProven = true
        expect(statement == result.of && isNext(statement, on: connection), "a result is another statement's")
        if case .preparation(let table) = statement {
            refused[slot].remove(table)
            if case .failed(let failure) = result.1, failure.kind == .other {
                refused[slot].insert(table)
            }
        }
        switch (result.1, statement) {
        case (.types(let isPossible), _):
            pool.surveyed(on: connection, isPossible: isPossible, now: now)
            perform(.result)
        case (.row(let version, let meaning), .array(let queries)):
            for query in queries {
                let isWanted = !ledger.queries[query.id]!.lookups.isEmpty
                let isRight = question(of: query.id) == (query.table, query.key)
                expect(
                    isRight && isWanted == pool.isWanted(query.id),
                    "an array has other queries than were sent")
            }
            guard problem == nil else { return }
            pool.succeeded(on: connection, now: now)
            perform(.succeeded(queries, version: version, meaning))
        case (.failed(let failure), .array(let queries)):
            for query in queries { ledger.requeue(query.id) }
            pool.failed(on: connection, failure, now: now)
            perform(.result)
        case (.aborted, .array(let queries)):
            for query in queries { ledger.requeue(query.id) }
            pool.aborted(on: connection, now: now)
            perform(.result)
        case (.row(let version, let meaning), .query(let query)):
            let isWanted = !ledger.queries[query.id]!.lookups.isEmpty
            expect(pool.isWanted(query.id) == isWanted, "an answer is wanted or not")
            pool.succeeded(on: connection, now: now)
            if query.wasPure {
                perform(.succeeded([query], version: version, meaning))
            } else {
                links[slot]!.uncommitted = (query, version, meaning)
                perform(.result)
            }
        case (.row, .look):
            let foundWith = links[slot]!.foundWith
            let hasChanged = foundWith != database.meaning.settings
            if hasChanged {
                for other in links.indices where links[other]?.isEstablished ?? false {
                    guard links[other]!.host == host, links[other]!.foundWith == foundWith else { continue }
                    links[other]!.isPure = setting.natures.map { _ in false }
                }
                notePurity()
            }
            pool.looked(on: connection, hasChanged: hasChanged, now: now)
            perform(.result)
        case (.temporaryTables, _):
            pool.foundTemporaryTables(on: connection, now: now)
            perform(.result)
        case (.row, _):
            pool.succeeded(on: connection, now: now)
            perform(.result)
        case (.failed(let failure), .query(let query)):
            let isFinal = query.form == .literal || failure.kind == .other
            if !isFinal { ledger.requeue(query.id) }
            pool.failed(on: connection, failure, now: now)
            perform(isFinal ? .failed(query, host: host, failure) : .result)
        case (.failed(let failure), _):
            pool.failed(on: connection, failure, now: now)
            perform(.result)
        case (.aborted, .query(let query)):
            ledger.requeue(query.id)
            pool.aborted(on: connection, now: now)
            perform(.result)
        case (.aborted, _):
            pool.aborted(on: connection, now: now)
            perform(.result)
        case (.synced, _), (.uncommitted, _):
            expect(false, "a statement's result is a batch's end")
        }
    }

    /// The batch of a query that has its result can't be committed.
    func fail(commitOn slot: Int) {
        let link = links[slot]!
        guard let (query, _, _) = links[slot]!.uncommitted.take() else {
            return expect(false, "nothing awaits the end of its batch")
        }
        let failure = StatementFailure(sqlState: "40001")
        let meaning = pool.take(.failed(failure), on: link.id, now: now)
        expect(meaning == .uncommitted(query.id), "another query awaits the end of its batch")
        perform(.failed(query, host: link.host, failure))
    }

    func isNext(_ statement: SimulatedSession.Statement, on connection: ConnectionID) -> Bool {
        switch (pool.nextInFlight(on: connection), statement) {
        case (.query(let id), .query(let query)):
            id == query.id && question(of: id) == (query.table, query.key)
        case (.array(let table, let ids), .array(let queries)):
            table == queries[0].table && ids == queries.map(\.id)
        case (.preparation(let table), .preparation(let other)): table == other
        case (.survey(let table), .survey(let other)): table == other
        case (.arrayPreparation(let table), .arrayPreparation(let other)): table == other
        case (.check, .check), (.look, .look): true
        case (.reset(let step, _), .reset(let other)): step == other
        case (.release(let table, let isArray), .release(let other, let isOtherMany)):
            table == other && isArray == isOtherMany
        default: false
        }
    }
}
