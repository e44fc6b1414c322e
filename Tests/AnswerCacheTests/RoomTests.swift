// What a room counts, and what fits into it.

import LookupStatistics
import LookupValues
import Testing

@testable import AnswerCache

@Suite("A room")
struct RoomTests {
    private func key(_ length: Int, _ number: Int) -> String {
        let digits = String(number)
        return digits + String(repeating: "k", count: max(0, length - digits.utf8.count))
    }

    @Test("Keys and values of any length up to 16 KiB together are kept as they are")
    func lengths() {
        var scene = CacheScene(.time(100), bytes: 60_000_000)
        let lengths = Array(0...300) + [511, 512, 513, 1_000, 4_095, 4_096, 8_191, 16_383, 16_384]
        var bytes = 0
        for length in lengths {
            let value = String(repeating: "v", count: min(max(1, length), 16_384 - length))
            scene.keep(key(length, 7).prefixed(length), value.isEmpty ? nil : value, sentAt: 10)
            bytes += Room.bytes(ofKey: length, value: value.utf8.count)
        }
        for length in lengths {
            let value = String(repeating: "v", count: min(max(1, length), 16_384 - length))
            #expect(scene.find(key(length, 7).prefixed(length), at: 11) == (value.isEmpty ? "-" : value))
        }
        #expect(scene.figures.entries == lengths.count && scene.figures.bytes == bytes)
        scene.flush(at: 12)
        #expect(scene.figures.bytes == 0)
    }

    @Test("An answer over 16 KiB, or over half of the room, is not kept")
    func tooLarge() {
        var scene = CacheScene(.time(100))
        scene.keep(key(16_384, 1), "v", sentAt: 10)
        scene.keep(key(16_385, 1), nil, sentAt: 10)
        scene.keep("k", String(repeating: "v", count: 16_384), sentAt: 10)
        #expect(scene.figures.tooLarge == 3 && scene.figures.kept == 0)
        #expect(scene.find(key(16_385, 1), at: 11) == nil)
        scene.keep("k", String(repeating: "v", count: 16_383), sentAt: 10)
        #expect(scene.figures.kept == 1)
        scene = CacheScene(.time(100), bytes: 20_000)
        scene.keep("k", String(repeating: "v", count: 10_000), sentAt: 10)
        #expect(scene.figures.tooLarge == 1)
        scene = CacheScene(.time(100), bytes: 0)
        scene.keep("k", nil, sentAt: 10)
        #expect(scene.find("k", at: 11) == nil && scene.figures.tooLarge == 1)
    }

    @Test("The bytes are the sum over the entries, and never more than there are", arguments: 1...4)
    func accounting(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let total = [50_000, 100_000, 400_000, 1_500_000][Int(seed) - 1]
        var scene = CacheScene(.time(1_000_000_000), bytes: total)
        var lengths: [String: (key: Int, value: Int)] = [:]
        for step in 1...20_000 {
            let number = Int.random(in: 0..<2_000, using: &random)
            // Long ones are rare.
            let most = Int.random(in: 0..<200, using: &random) == 0 ? 3_000 : number % 5 == 0 ? 400 : 40
            let length = 4 + number * 31 % most
            let key = key(length, number)
            switch Int.random(in: 0..<10, using: &random) {
            case 0: scene.flush(key, at: Int64(step))
            case 1..<4: _ = scene.find(key, at: Int64(step))
            default:
                let value =
                    Bool.random(using: &random) ? nil : String(repeating: "v", count: 1 + most * 7 % 90)
                scene.keep(key, value, sentAt: Int64(step))
                lengths[key] = (key.utf8.count, value?.utf8.count ?? 0)
            }
        }
        var entries = 0
        var bytes = 0
        for (key, length) in lengths where scene.find(key, at: 20_001) != nil {
            entries += 1
            bytes += Room.bytes(ofKey: length.key, value: length.value)
        }
        #expect(scene.figures.entries == entries && scene.figures.bytes == bytes, "seed \(seed)")
        let room = scene.cache.room.bytes(of: .found) + scene.cache.room.bytes(of: .notFound)
        #expect(bytes <= room && room <= scene.cache.room.limit && room <= total, "seed \(seed)")
        #expect(scene.figures.evicted > 0 || total > 1_000_000)
    }

    @Test("An index as full as it gets evicts, and finds all that is left")
    func fullIndex() {
        var scene = CacheScene(.time(1_000_000), bytes: 40_000)
        for number in 0..<20_000 { scene.keep("\(number)", number % 2 == 0 ? nil : "v", sentAt: 10) }
        let left = (0..<20_000).count { scene.find("\($0)", at: 11) != nil }
        #expect(left == scene.figures.entries && left > 200)
        #expect(scene.figures.evicted + left == 20_000)
    }

    @Test("A flood of unknown keys leaves what is found")
    func flood() {
        var scene = CacheScene(.time(1_000_000), bytes: 200_000)
        for number in 0..<300 { scene.keep("domain \(number)", "OK", sentAt: 10) }
        for number in 0..<30_000 {
            scene.keep("unknown user \(number)", nil, sentAt: 10)
        }
        #expect((0..<300).allSatisfy { scene.find("domain \($0)", at: 11) == "OK" })
    }

    @Test("Without a table, nothing is allocated, and nothing is found")
    func nothing() {
        var scene = CacheScene()
        #expect(scene.find("k", at: 1) == nil && scene.findWhileDown("k", at: 1) == nil)
        scene.keep("k", nil, sentAt: 1)
        scene.flush("k", at: 1)
        scene.take(.changed(table: 1, keys: [1]), at: 1)
        scene.adopt([CachedTable(number: 1, target: 1, options: CacheOptions())])
        scene.keep("k", nil, sentAt: 1)
        #expect(scene.find("k", at: 1) == nil && scene.cache.room.queues.count == 0)
        #expect(scene.cache.room.arena.words.count == 0)
    }
}

extension String {
    fileprivate func prefixed(_ length: Int) -> String { String(prefix(length)) }
}
