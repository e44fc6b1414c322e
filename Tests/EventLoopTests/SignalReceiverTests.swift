// Signals as events. In one test, and on a thread of its own: which signals are blocked is the thread's.

import EventLoop
import Glibc
import Testing

@Test("Raised signals are received, and have no other effect")
func raisedSignalsAreReceivedAndHaveNoOtherEffect() throws {
    // The signals go to the thread alone, as any other of this process would die of them.
    let reports = try Mailbox<String>()
    try startThread(named: "signals") {
        do {
            let receiver = try SignalReceiver()
            let loop = try EventLoop()
            let recorder = Recorder()
            _ = try loop.register(receiver.descriptor, for: .readable, handler: recorder)
            loop.turn()
            reports.post("before: \(recorder.told.count) \(receiver.take().map { "\($0)" } ?? "none")")
            for signal in [SIGHUP, SIGTERM, SIGINT] {
                raise(signal)
                loop.turn()
                reports.post("\(receiver.take().map { "\($0)" } ?? "none")")
            }
            // What comes twice before it is taken counts once.
            raise(SIGHUP)
            raise(SIGHUP)
            raise(SIGTERM)
            while let signal = receiver.take() { reports.post("together: \(signal)") }
            loop.turn()
            reports.post("told: \(recorder.told.count)")
        } catch {
            reports.post("\(error)")
        }
        reports.post("end")
    }
    var seen: [String] = []
    while seen.last != "end" {
        #expect(waitUntilReady(reports.descriptor, for: .readable, until: nil))
        seen += reports.take()
    }
    #expect(
        seen == [
            "before: 0 none", "hangup", "terminate", "interrupt",
            "together: hangup", "together: terminate", "told: 3", "end",
        ])
}
