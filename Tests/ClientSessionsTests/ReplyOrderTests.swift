// Tests of the order of replies, against a model that only remembers who asked and who was answered.

import LookupValues
import Testing

@testable import ClientSessions

@Suite("The order of replies")
struct ReplyOrderTests {
    @Test("leaves a reply whose turn it is where it was encoded")
    func oneOutstanding() {
        var order = ReplyOrder()
        var output = Array("before ".utf8)
        for _ in 0..<3 {
            let number = order.reserve()
            #expect(order.outstanding == 1)
            settle(&order, number, "reply ", &output)
            #expect(order.outstanding == 0)
        }
        #expect(output == Array("before reply reply reply ".utf8))
    }

    @Test("puts a reply aside until all before it are settled")
    func outOfOrder() {
        var order = ReplyOrder()
        var output: [UInt8] = []
        let numbers = (0..<4).map { _ in order.reserve() }
        settle(&order, numbers[2], "c", &output)
        settle(&order, numbers[1], "bb", &output)
        #expect(output == [])
        #expect(order.outstanding == 4)
        #expect(order.bytesAside == 3)
        settle(&order, numbers[0], "a", &output)
        #expect(output == Array("abbc".utf8))
        #expect(order.outstanding == 1)
        #expect(order.bytesAside == 0)
        settle(&order, numbers[3], "d", &output)
        #expect(output == Array("abbcd".utf8))
    }

    @Test("is three words")
    func size() {
        #expect(MemoryLayout<ReplyOrder>.size <= 24)
    }

    @Test("agrees with the model for any order of reserving and settling", arguments: 0..<40)
    func random(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        // Half of the runs wrap around 2^32.
        let first = seed.isMultiple(of: 2) ? 0 : UInt32.max - UInt32(seed * 7)
        var order = ReplyOrder(startingAt: first)
        var model = ReplyModel()
        var numbers: [UInt32] = []
        var output: [UInt8] = []
        let limit = [1, 2, 7, 8, 9, 64, 200][Int.random(in: 0..<7, using: &random)]
        for step in 0..<1000 {
            let open = model.unsettled
            if open.isEmpty || (model.outstanding < limit && Bool.random(using: &random)) {
                numbers.append(order.reserve())
                model.reserve()
            } else {
                // Mostly any; sometimes the last, so that much is put aside.
                let place = step.isMultiple(of: 3) ? open.last! : open.randomElement(using: &random)!
                let reply = "\(place)" + String(repeating: ".", count: .random(in: 0...20, using: &random))
                settle(&order, numbers[place], reply, &output)
                model.settle(place, reply)
            }
            #expect(order.outstanding == model.outstanding)
            #expect(order.bytesAside == model.bytesAside)
            // The session sends what there is, sooner or later.
            if Int.random(in: 0..<4, using: &random) == 0 {
                let sent = model.takeOutput()
                #expect(output == sent)
                output.removeAll(keepingCapacity: Bool.random(using: &random))
            }
        }
        for place in model.unsettled.shuffled(using: &random) {
            settle(&order, numbers[place], "last \(place)", &output)
            model.settle(place, "last \(place)")
        }
        #expect(output == model.takeOutput())
        #expect(order.outstanding == 0)
        #expect(order.bytesAside == 0)
        #expect(numbers == numbers.indices.map { first &+ UInt32($0) })
    }

    @Test("traps when a number is settled that was never reserved")
    func neverReserved() async {
        await #expect(processExitsWith: .failure) {
            var order = ReplyOrder()
            var output: [UInt8] = [1]
            order.settle(0, encodedFrom: 0, in: &output)
        }
        await #expect(processExitsWith: .failure) {
            var order = ReplyOrder()
            var output: [UInt8] = [1]
            let number = order.reserve()
            order.settle(number &+ 1, encodedFrom: 0, in: &output)
        }
    }

    @Test("traps when a number is settled twice, sent or not")
    func twice() async {
        await #expect(processExitsWith: .failure) {
            var order = ReplyOrder()
            var output: [UInt8] = [1]
            let number = order.reserve()
            order.settle(number, encodedFrom: 0, in: &output)
            _ = order.reserve()
            output.append(1)
            order.settle(number, encodedFrom: 1, in: &output)
        }
        await #expect(processExitsWith: .failure) {
            var order = ReplyOrder()
            var output: [UInt8] = [1]
            _ = order.reserve()
            let number = order.reserve()
            order.settle(number, encodedFrom: 0, in: &output)
            output.append(1)
            order.settle(number, encodedFrom: 0, in: &output)
        }
    }

    @Test("traps when a number is settled without a reply")
    func withoutReply() async {
        await #expect(processExitsWith: .failure) {
            var order = ReplyOrder()
            var output: [UInt8] = [1]
            order.settle(order.reserve(), encodedFrom: 1, in: &output)
        }
    }

    private func settle(
        _ order: inout ReplyOrder, _ number: UInt32, _ reply: String, _ output: inout [UInt8]
    ) {
        let start = output.count
        output += Array(reply.utf8)
        order.settle(number, encodedFrom: start, in: &output)
    }
}

/// Every request ever made and its reply, and how many of those went out.
private struct ReplyModel {
    private var replies: [String?] = []
    private var sent = 0
    private var taken = 0

    var unsettled: [Int] { replies.indices.filter { replies[$0] == nil } }
    var outstanding: Int { replies.count - sent }
    var bytesAside: Int { replies[sent...].reduce(0) { $0 + ($1?.utf8.count ?? 0) } }

    mutating func reserve() {
        replies.append(nil)
    }

    mutating func settle(_ place: Int, _ reply: String) {
        replies[place] = reply
        sent = replies.firstIndex(of: nil) ?? replies.count
    }

    mutating func takeOutput() -> [UInt8] {
        defer { taken = sent }
        return replies[taken..<sent].flatMap { Array($0!.utf8) }
    }
}
