// A client that does anything in any order, against a model that knows only what it has asked and what the pool has said.

import LookupValues
import Testing

@testable import ClientSessions

@Suite("Any client")
struct SessionSimulationTests {
    private static func randomOutcome(using random: inout SplitMix64) -> LookupOutcome {
        switch Int.random(in: 0..<8, using: &random) {
        case 0..<4: .found([UInt8](repeating: UInt8(ascii: "v"), count: .random(in: 1...90, using: &random)))
        case 4..<6: .notFound
        case 6: .temporaryFailure("the database is down")
        default: .permanentFailure("no")
        }
    }

    @Test(
        "Is answered once, in order, with what was found, whatever comes when, and is held to its bounds",
        arguments: 0..<40 as Range<UInt64>)
    func anything(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let scene = ClientScene()
        let isSlow = Bool.random(using: &random)
        let mayBeBad = Bool.random(using: &random)
        let simulated = (0..<Int.random(in: 1...4, using: &random)).map { _ in
            let speech = Speech(clientProtocol: .allCases.randomElement(using: &random)!)
            let first: UInt32 = Bool.random(using: &random) ? 0 : .max - 40
            let client = scene.connect(
                speech.clientProtocol, roomAhead: isSlow ? .random(in: 1...3_000, using: &random) : .max,
                startingAt: first)
            client.chunk = [200, 2_000, 16_384].randomElement(using: &random)!
            return SimulatedClient(client, speech, startingAt: first)
        }
        var mostPending = 0
        for step in 0..<300 {
            let one = simulated.randomElement(using: &random)!
            switch Int.random(in: 0..<200, using: &random) {
            case 0..<60: for _ in 0..<4 where one.wantsToAsk { one.ask(mayBeBad: mayBeBad, using: &random) }
            case 60..<100: one.send(using: &random)
            case 100..<140: answerSome(scene, simulated, &random)
            case 140..<160: one.client.read(.random(in: 1...2_000, using: &random))
            case 160..<198: scene.turns(1)
            case 198 where Int.random(in: 0..<3, using: &random) == 0: one.hangUp()
            case 199 where Int.random(in: 0..<3, using: &random) == 0: one.end()
            default: break
            }
            guard step.isMultiple(of: 10) else { continue }
            for one in simulated {
                let pending = scene.lookups.values.count { $0.client == one.client.number }
                mostPending = max(mostPending, pending)
                #expect(one.isAnsweredRightly)
                // A request that is kept, 16 KiB that came with it, and the answers of a full turn.
                #expect(one.client.session.capacity < 1 << 19)
            }
        }
        #expect(mostPending <= 128)
        finish(scene, simulated, &random)
        for one in simulated {
            #expect(one.isAnsweredRightly)
            if one.isGone { continue }
            #expect(one.client.isClosed == (one.isBad || one.hasEnded))
            if one.hasEnded {
                // Of half a request at the end, an answer may have gone that needs no more.
                #expect(one.isAnsweredWhatWasSent)
            } else {
                #expect(one.isAnsweredInFull && one.isAllLookedUp)
                #expect(one.client.violations == (one.isBad ? 1 : 0))
            }
        }
        for one in simulated { one.hangUp() }
        #expect(scene.lookups.isEmpty)
    }

    @Test(
        "Is answered all that it has asked before a drain, and closed", arguments: 40..<60 as Range<UInt64>)
    func drained(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let scene = ClientScene()
        let simulated = ClientProtocol.allCases.map { clientProtocol in
            let client = scene.connect(clientProtocol, roomAhead: .random(in: 100...5_000, using: &random))
            return SimulatedClient(client, Speech(clientProtocol: clientProtocol), startingAt: 0)
        }
        for _ in 0..<Int.random(in: 1...40, using: &random) {
            for one in simulated {
                for _ in 0..<3 { one.ask(mayBeBad: false, using: &random) }
                if Bool.random(using: &random) { one.send(using: &random) }
                if Bool.random(using: &random) { one.client.read(500) }
            }
            if Bool.random(using: &random) { scene.turns(1) }
            answerSome(scene, simulated, &random)
        }
        for one in simulated { one.sendAll() }
        for one in simulated { one.client.drain() }
        finish(scene, simulated, &random)
        for one in simulated {
            #expect(one.isAnsweredInFull && one.isAllLookedUp)
            #expect(one.client.isClosed)
        }
        #expect(scene.lookups.isEmpty)
    }

    private func answerSome(
        _ scene: ClientScene, _ simulated: [SimulatedClient], _ random: inout SplitMix64
    ) {
        for _ in 0..<Int.random(in: 0...5, using: &random) {
            // By number, as a dictionary's order differs from run to run.
            let waiting = scene.lookups.sorted { $0.key.lookup < $1.key.lookup }
            guard let (_, (client, sequence)) = waiting.randomElement(using: &random) else { return }
            let outcome = Self.randomOutcome(using: &random)
            simulated[client].note(sequence, outcome)
            scene.answer(sequence, of: client, outcome)
        }
    }

    /// Sends, answers and reads all.
    private func finish(
        _ scene: ClientScene, _ simulated: [SimulatedClient], _ random: inout SplitMix64
    ) {
        for one in simulated { one.sendAll() }
        var idle = 0
        while idle < 20 {
            let before = simulated.map(\.client.received.count)
            let mayGoOn = simulated.contains { $0.client.willReceive } || !scene.lookups.isEmpty
            answerSome(scene, simulated, &random)
            for one in simulated { one.client.read(.max) }
            scene.turns(1)
            idle = mayGoOn || simulated.map(\.client.received.count) != before ? 0 : idle + 1
        }
    }
}
