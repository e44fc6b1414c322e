// The relay that the benchmark with mails stands between its servers.

import Foundation
import Glibc
import TestSupport
import Testing

@testable import ThrowawayServers

@Suite("A relay that measures")
struct SocketRelayTests {
    @Test(
        "What PostgreSQL ends a query with is counted, in whatever pieces it comes", arguments: [1, 4, 1_000])
    func roundTrips(size: Int) {
        let row = PostgresMessage.dataRow("Z") + PostgresMessage.commandComplete("SELECT 1")
        let stream = row + PostgresMessage.readyForQuery + row + row + PostgresMessage.readyForQuery
        var counter = RoundTripCounter()
        var count = 0
        var rest = stream[...]
        while !rest.isEmpty {
            count += counter.count(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        #expect(count == 2)
    }

    @Test("A wait is from a question to the first of its answer; greetings and openings are none")
    func waits() {
        var meter = WaitMeter()
        #expect(meter.noteAnswer(at: 1) == nil)
        meter.noteQuestion(Array("request\0open\0".utf8)[...], at: 2)
        #expect(meter.noteAnswer(at: 3) == nil)
        meter.noteQuestion(Array("request\0lookup\0".utf8)[...], at: 10)
        meter.noteQuestion(Array("the rest".utf8)[...], at: 11)
        #expect(meter.noteAnswer(at: 15) == 5)
        #expect(meter.noteAnswer(at: 16) == nil)
    }

    @Test(
        "Bytes pass both ways in their order, later by the delay on the way there",
        arguments: [0, 20_000_000])
    func passing(delay: Int64) throws {
        let directory = try TemporaryDirectory()
        let server = try listenOnUnixSocket("\(directory.path)/server")
        defer { close(server) }
        let relay = try SocketRelay(
            at: "\(directory.path)/relay", to: "\(directory.path)/server", delay: delay)
        let client = try connectToUnixSocket("\(directory.path)/relay", timeLimit: 60)
        defer { close(client) }
        var accepted: Int32 = -1
        try waitUntil("the relay connects") {
            accepted = accept(server, nil, nil)
            return accepted >= 0
        }
        defer { close(accepted) }
        let text = Array("question".utf8)
        let begin = ContinuousClock.now
        for byte in text { _ = unsafe send(client, [byte], 1, 0) }
        var got: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64)
        while got.count < text.count {
            let count = unsafe recv(accepted, &buffer, buffer.count, 0)
            try #require(count > 0)
            got += buffer[..<count]
        }
        #expect(got == text)
        // Never earlier; how much later is the machine's.
        #expect(ContinuousClock.now - begin >= .nanoseconds(delay))
        _ = unsafe send(accepted, Array("answer".utf8), 6, 0)
        var count = 0
        while count < 6 { count += unsafe recv(client, &buffer, buffer.count, 0) }
        #expect(relay.current.answered == 1 && relay.current.waited >= delay)
        close(accepted)
        accepted = -1
        // The other side's end is passed on, too.
        #expect(unsafe recv(client, &buffer, buffer.count, 0) == 0)
    }
}
