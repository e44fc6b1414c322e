// What crosses threads: mailboxes and the threads themselves.

import EventLoop
import Testing

@Test("Messages of several threads arrive all, and each thread's in order")
func messagesOfSeveralThreadsArriveAllAndEachThreadsInOrder() throws {
    struct Message: Sendable {
        let thread: Int
        let number: Int
    }
    let loop = try EventLoop()
    let mailbox = try Mailbox<Message>()
    var taken: [[Int]] = Array(repeating: [], count: 4)
    let recorder = Recorder { _ in
        for message in mailbox.take() { taken[message.thread].append(message.number) }
    }
    _ = try loop.register(mailbox.descriptor, for: .readable, handler: recorder)
    for thread in taken.indices {
        try startThread(named: "poster") {
            for number in 0..<1_000 { mailbox.post(Message(thread: thread, number: number)) }
        }
    }
    while taken.map(\.count).reduce(0, +) < 4_000 { loop.turn(until: nil) }
    for numbers in taken { #expect(numbers == Array(0..<1_000)) }
}

@Test("A message wakes a loop that waits")
func aMessageWakesALoopThatWaits() throws {
    let loop = try EventLoop()
    let mailbox = try Mailbox<String>()
    let recorder = Recorder()
    _ = try loop.register(mailbox.descriptor, for: .readable, handler: recorder)
    try startThread(named: "poster") { mailbox.post("wake up") }
    loop.turn(until: nil)
    #expect(recorder.told == [.readable])
    #expect(mailbox.take() == ["wake up"])
}

@Test("A mailbox is readable only until its messages are taken")
func aMailboxIsReadableOnlyUntilItsMessagesAreTaken() throws {
    let loop = try EventLoop()
    let mailbox = try Mailbox<Int>()
    let recorder = Recorder()
    _ = try loop.register(mailbox.descriptor, for: .readable, handler: recorder)
    loop.turn()
    #expect(recorder.told == [])
    for number in 1...3 { mailbox.post(number) }
    loop.turn()
    #expect(recorder.told == [.readable])
    #expect(mailbox.take() == [1, 2, 3])
    #expect(mailbox.take() == [])
    loop.turn()
    #expect(recorder.told == [.readable])
}

@Test(
    "A thread runs its body under its name",
    arguments: [("mapmux worker 0", "mapmux worker 0"), ("a name that is too long", "a name that is ")])
func aThreadRunsItsBodyUnderItsName(name: String, shown: String) throws {
    let mailbox = try Mailbox<[UInt8]>()
    try startThread(named: name) {
        mailbox.post((try? readFile(at: "/proc/thread-self/comm")) ?? [])
    }
    #expect(waitUntilReady(mailbox.descriptor, for: .readable, until: nil))
    #expect(mailbox.take().map { String(decoding: $0, as: UTF8.self) } == ["\(shown)\n"])
}

@Test("A thread lets go of its body when it has run")
func aThreadLetsGoOfItsBodyWhenItHasRun() throws {
    final class Captured: Sendable {
        let gone: Mailbox<Int>
        init(gone: Mailbox<Int>) { self.gone = gone }
        deinit { gone.post(1) }
    }
    let gone = try Mailbox<Int>()
    try startThread(named: "short") { [captured = Captured(gone: gone)] in
        withExtendedLifetime(captured) {}
    }
    #expect(waitUntilReady(gone.descriptor, for: .readable, until: .inMilliseconds(60_000)))
}
