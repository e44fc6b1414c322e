// Which answers stay in a room, against a model.

import LookupValues
import Testing

@testable import AnswerCache

@Suite("The order in which a room evicts")
struct RoomOrderTests {
    /// Of 16 words with what is before it, as those of the model are.
    private func key(_ number: Int) -> [UInt8] {
        let digits = Array("\(number)@".utf8)
        return digits + [UInt8](repeating: 97, count: 97 + number % 8 - digits.count)
    }

    private func hash(_ number: Int) -> UInt32 {
        var random = SplitMix64(seed: UInt64(number))
        return UInt32(truncatingIfNeeded: random.next())
    }

    private func insert(_ number: Int, valueLength: Int, _ room: inout Room, now: Instant) {
        let value = [UInt8](repeating: 98, count: valueLength)
        let key = key(number)
        let facts = RecordFacts(stripe: 0, host: 0, isProvable: false)
        let position = room.position(0, key.span, hash(number))
        guard position >= 0 else {
            return room.insert(0, key.span, hash(number), value: value, sentAt: now, facts)
        }
        let old = room.facts(position)
        if (old.block == Room.noBlock) == value.isEmpty {
            return room.replace(position, value: value, sentAt: now, facts)
        }
        room.remove(position)
        room.insert(
            0, key.span, hash(number), value: value, sentAt: now, facts, isKnown: old.isInMain)
    }

    @Test("It is that of S3-FIFO, with queues of their own for found and not found", arguments: 1...6)
    func model(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var room = Room(bytes: 60_000)
        room.tallies.append(RoomTally())
        var model = FIFOModel(limit: room.limit)
        let keys = [40, 500, 1_000, 3_000][Int(seed % 4)]
        let notFound = [10, 50, 90][Int(seed % 3)]
        for step in 0..<12_000 {
            // Some are asked for often, others once.
            let number = min(
                Int.random(in: 0..<keys, using: &random), Int.random(in: 0..<keys, using: &random))
            let now = Instant(nanoseconds: Int64(step))
            let key = key(number)
            switch Int.random(in: 0..<20, using: &random) {
            case 0:
                let position = room.position(0, key.span, hash(number))
                if position >= 0 { room.remove(position) }
                model.remove(number)
            case 1..<12:
                let position = room.position(0, key.span, hash(number))
                if model.find(number) != (position >= 0) { Issue.record("step \(step) of seed \(seed)") }
                if position >= 0 { room.countHit(position) }
            default:
                let isFound = number % 100 >= notFound || Int.random(in: 0..<10, using: &random) == 0
                let length = isFound ? Int.random(in: 1...300, using: &random) : 0
                insert(number, valueLength: length, &room, now: now)
                model.keep(
                    number, kind: isFound ? 0 : 1, others: isFound ? 12 + (length + 40 + 15) / 16 * 16 : 0)
            }
            let bytes = AnswerKind.allCases.map { room.bytes(of: $0) }
            if bytes != model.kinds.map(\.bytes) || room.tallies[0].evicted != model.evicted {
                Issue.record("step \(step) of seed \(seed)")
                return
            }
        }
        #expect(model.evicted > 500 || keys == 40)
    }

    @Test("Unknown users never push out more than half of what is found")
    func unknownUsers() {
        var room = Room(bytes: 200_000)
        room.tallies.append(RoomTally())
        var now = Instant(nanoseconds: 0)
        for number in 0..<2_000 { insert(number, valueLength: 20, &room, now: now) }
        let full = room.bytes(of: .found)
        var most = 0
        for number in 2_000..<20_000 {
            now.nanoseconds += 1
            insert(number, valueLength: 0, &room, now: now)
            most = max(most, room.bytes(of: .notFound))
        }
        #expect(most <= room.limit / 2 && most > room.limit / 2 - 1_000)
        #expect(room.bytes(of: .found) >= full / 2 - 1_000)
        #expect(room.bytes(of: .found) + room.bytes(of: .notFound) <= room.limit)
    }

    @Test("What is asked for twice outlives any number of keys that are asked for once")
    func scans() {
        var room = Room(bytes: 200_000)
        room.tallies.append(RoomTally())
        let now = Instant(nanoseconds: 0)
        for number in 0..<100 {
            insert(number, valueLength: 20, &room, now: now)
            let key = key(number)
            let position = room.position(0, key.span, hash(number))
            for _ in 0..<2 { room.countHit(position) }
        }
        for number in 1_000..<20_000 { insert(number, valueLength: 20, &room, now: now) }
        for number in 0..<100 {
            let key = key(number)
            #expect(room.position(0, key.span, hash(number)) >= 0)
        }
    }
}
