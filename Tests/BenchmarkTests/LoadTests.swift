// Whether a load's clients notice each answer that is not the right one, however it comes.

import EventLoop
import Glibc
import LoadEngine
import LookupValues
import Testing

@Suite("A load's clients")
struct LoadTests {
    /// The other end: says what the script says, so many bytes in each turn of the loop.
    private final class Responder: EventHandler {
        private let raw: Int32
        private var socket: Descriptor?
        private let loop: EventLoop
        private let bytesPerTurn: Int
        private let reply: (Question) -> String?
        private var questions: Workload
        private var place = Workload.Place()
        private var registration: EventLoop.Registration?
        private var unsent: [UInt8]

        /// - Parameter reply: nil closes the connection.
        init(
            _ socket: consuming Descriptor, loop: EventLoop, questions: Workload, greeting: String,
            bytesPerTurn: Int, reply: @escaping (Question) -> String?
        ) throws {
            raw = socket.raw
            self.socket = consume socket
            self.loop = loop
            self.questions = questions
            self.bytesPerTurn = bytesPerTurn
            self.reply = reply
            unsent = Array(greeting.utf8)
            registration = try loop.register(raw, for: [.readable, .writable], handler: self)
        }

        func descriptorReady(_ readiness: Readiness) {
            if readiness.contains(.readable) {
                var request = [UInt8](repeating: 0, count: 1_000)
                let received = unsafe request.withUnsafeMutableBytes { unsafe receive(from: raw, into: $0) }
                guard case .bytes(let count) = received, let answer = reply(questions.next(&place)) else {
                    return end()
                }
                #expect(request[count - 1] == UInt8(ascii: ",") || request[count - 1] == 0)
                unsent += Array(answer.utf8)
            }
            let next = Array(unsent.prefix(bytesPerTurn))
            if next.isEmpty { return }
            unsent.removeFirst(next.count)
            #expect(send(next.span, to: raw) == .bytes(next.count))
        }

        private func end() {
            guard let registration else { return }
            loop.remove(registration)
            self.registration = nil
            socket = nil
        }
    }

    /// A load, a client that is connected, and who is at the other end of that.
    private func connect(
        _ kind: SocketProtocol = .socketmap, workload: WorkloadKind = .mailmix, findsNothing: Bool = false,
        bytesPerTurn: Int = .max, reply: @escaping (Question) -> String?
    ) throws -> (load: Load, client: SocketClient, responder: Responder) {
        let loop = try EventLoop()
        let workload = Workload(workload, addresses: 10_000, seed: 1)
        let load = Load(loop: loop, workload: workload)
        let ends = try makeSocketPair().take()
        let responder = try Responder(
            Descriptor(owning: ends.otherRaw), loop: loop, questions: workload,
            greeting: kind == .proxymap ? "protocol\0proxymap_protocol\0\0" : "", bytesPerTurn: bytesPerTurn,
            reply: reply)
        let client = try SocketClient(
            socket: Descriptor(owning: ends.raw),
            form: RequestForm(kind, findsNothing: findsNothing, map: \.name), load: load)
        return (load, client, responder)
    }

    private func run(
        _ kind: SocketProtocol, lookups: Int = 100, findsNothing: Bool = false, bytesPerTurn: Int = .max,
        reply: @escaping (Question) -> String?
    ) throws -> LoadResult {
        let (load, client, responder) = try connect(
            kind, findsNothing: findsNothing, bytesPerTurn: bytesPerTurn, reply: reply)
        return withExtendedLifetime(responder) { load.run([client], for: .lookups(lookups)) }
    }

    private func socketmap(_ payload: String) -> String { "\(payload.utf8.count):\(payload)," }

    private func right(_ kind: SocketProtocol, _ question: Question) -> String {
        switch kind {
        case .socketmap: socketmap(question.value.map { "OK \($0)" } ?? "NOTFOUND ")
        case .proxymap:
            question.value.map { "status\00\0value\0\($0)\0\0" } ?? "status\01\0value\0\0\0"
        }
    }

    @Test(
        "Right answers are found or not found, whole or in pieces", arguments: SocketProtocol.allCases,
        [1, 7, 1_000])
    func rightAnswers(kind: SocketProtocol, bytesPerTurn: Int) throws {
        let result = try run(kind, bytesPerTurn: bytesPerTurn) { right(kind, $0) }
        #expect(result.lookups == 100 && result.faults == 0)
        #expect(result.found + result.notFound == 100 && result.notFound > 15 && result.found > 50)
        #expect(result.p50 > 0 && result.p999 >= result.p50)
    }

    @Test(
        "Another value, one where there is none, and none where there is one are wrong",
        arguments: SocketProtocol.allCases)
    func wrongAnswers(kind: SocketProtocol) throws {
        let swapped = try run(kind) { right(kind, Question($0.subject, $0.number, isAbsent: !$0.isAbsent)) }
        #expect(swapped.wrong == 100 && swapped.found + swapped.notFound == 0)
        let other = try run(kind) { right(kind, Question($0.subject, $0.number + 1, isAbsent: $0.isAbsent)) }
        #expect(other.wrong == 100 - other.notFound && other.found == 0)
    }

    @Test(
        "A map that leaves all keys out finds nothing, and each value of it is wrong",
        arguments: SocketProtocol.allCases)
    func filteredAnswers(kind: SocketProtocol) throws {
        let nothing = try run(kind, findsNothing: true, bytesPerTurn: 7) {
            right(kind, Question($0.subject, $0.number, isAbsent: true))
        }
        #expect(nothing.notFound == 100 && nothing.faults == 0)
        let values = try run(kind, findsNothing: true) { right(kind, $0) }
        #expect(values.wrong > 50 && values.found == 0 && values.wrong + values.notFound == 100)
    }

    @Test("More than was asked for is wrong")
    func surplus() throws {
        let result = try run(.socketmap) { right(.socketmap, $0) + "9:NOTFOUND ," }
        #expect(result.wrong == 100)
    }

    @Test("A temporary failure is a failure, and no answer")
    func failures() throws {
        let socketmapResult = try run(.socketmap) { _ in socketmap("TEMP the database is down") }
        #expect(socketmapResult.failed == 100 && socketmapResult.wrong == 0)
        let proxymapResult = try run(.proxymap) { _ in "status\02\0value\0\0\0" }
        #expect(proxymapResult.failed == 100 && proxymapResult.wrong == 0)
    }

    @Test("A connection that ends loses its question")
    func losses() throws {
        var asked = 0
        let result = try run(.socketmap) { question in
            asked += 1
            return asked > 10 ? nil : right(.socketmap, question)
        }
        #expect(result.lost == 1 && result.lookups == 10)
    }

    @Test("What no reply begins with loses the question, and ends the connection")
    func nonsense() throws {
        let result = try run(.socketmap) { _ in "x:OK y," }
        #expect(result.lost == 1 && result.lookups == 0)
        let endless = try run(.proxymap, bytesPerTurn: 50_000) { _ in
            "status\0" + String(repeating: "0", count: 1_000_000)
        }
        #expect(endless.lost == 1 && endless.lookups == 0)
    }

    @Test("Each span has its own answers, and the time between two is nobody's")
    func spans() throws {
        var asked = 0
        let (load, client, responder) = try connect { question in
            asked += 1
            return asked == 5 ? "9:NOTFOUND ," + "x" : right(.socketmap, question)
        }
        load.add([client])
        var samples = 0
        let first = load.measure(for: 20_000_000) { samples += 1 }
        #expect(samples >= 1)
        #expect(first.wrong == 1 && first.lost == 0 && first.lookups > 5)
        usleep(500_000)
        let second = load.measure(for: 20_000_000)
        #expect(second.right == second.lookups && second.lost == 0)
        // One may be on its way.
        #expect((asked - 1...asked).contains(first.lookups + second.lookups))
        #expect(second.longest > 0 && second.longest < 500)
        #expect(second.seconds >= 0.02 && second.rate(of: second.right) > 0)
        load.leave()
        let third = load.measure(for: 20_000_000)
        #expect(third.lookups == 0 && third.rate == 0)
        withExtendedLifetime(responder) {}
    }

    @Test("What is wrong or lost in the warm-up is a fault all the same")
    func warmUpFaults() throws {
        var asked = 0
        let (load, client, responder) = try connect { question in
            asked += 1
            return asked == 1 ? socketmap("OK no") : right(.socketmap, question)
        }
        let result = withExtendedLifetime(responder) {
            load.run([client], for: .time(warmUp: 20_000_000, measured: 20_000_000))
        }
        #expect(result.wrong == 1 && result.lookups > 0 && result.right >= result.lookups)
        let (lost, leaver, closer) = try connect { _ in nil }
        let loss = withExtendedLifetime(closer) {
            lost.run([leaver], for: .time(warmUp: 20_000_000, measured: 20_000_000))
        }
        #expect(loss.lost == 1 && loss.lookups == 0)
    }

    @Test("What is not measured does not count, but is verified")
    func warmUp() throws {
        let (load, client, responder) = try connect(workload: .unique) { right(.socketmap, $0) }
        var events: [String] = []
        let result = withExtendedLifetime(responder) {
            load.run(
                [client], for: .time(warmUp: 20_000_000, measured: 20_000_000),
                atBegin: { events.append("begin") }, atEnd: { events.append("end") })
        }
        #expect(events == ["begin", "end"])
        #expect(result.faults == 0 && result.lookups > 0)
        #expect(result.seconds >= 0.02)
        // The one that was under way at the end is verified, too.
        #expect(result.found + result.notFound - result.lookups <= 1)
        #expect(client.answered == result.found + result.notFound)
    }
}
