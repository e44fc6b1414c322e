// Clients that ask one key after another and verify every answer, in this process's one thread.

import EventLoop
import LookupValues
import VerifiedLoad

final class PoliteClients {
    /// What came of one span of time.
    struct Measurement {
        var seconds = 0.0
        var right = 0
        var failed = 0
        /// How long answers took, in microseconds, in order.
        var times: [UInt32] = []

        var rate: Double { Double(right) / seconds }
        func milliseconds(at part: Double) -> Double {
            times.isEmpty ? 0 : Double(times[Int(part * Double(times.count - 1))]) / 1_000
        }
    }

    private let loop: EventLoop
    let load: Load
    private var clients: [LoadClient] = []
    /// Called ten times a second while clients run.
    var sample: () -> Void = {}

    init(_ count: Int, map: String, path: String) throws {
        loop = try EventLoop()
        load = Load(map: map, lookups: nil, keys: HostileSite.keyCount, seed: 1)
        for _ in 0..<count {
            clients.append(try LoadClient(socket: try connectPatiently(to: path), loop: loop, load: load))
        }
        for client in clients { client.start() }
    }

    /// Lets them ask for a while.
    @discardableResult
    func run(seconds: Double) -> Measurement {
        _ = load.takeTimes()
        let (right, failed) = (load.right, load.failed)
        let start = MonotonicClock.now().nanoseconds
        let end = start + Int64(seconds * 1e9)
        var nextSample = start
        var now = start
        while now < end && load.isUnderWay {
            loop.turn(until: Instant(nanoseconds: min(end, nextSample)))
            now = MonotonicClock.now().nanoseconds
            if now >= nextSample {
                nextSample = now + 100_000_000
                sample()
            }
        }
        return Measurement(
            seconds: Double(now - start) / 1e9, right: load.right - right, failed: load.failed - failed,
            times: load.takeTimes())
    }

    /// Lets them ask until `condition` holds, for as many seconds at most.
    func run(until condition: () -> Bool, atMost seconds: Double) {
        let end = MonotonicClock.now().nanoseconds + Int64(seconds * 1e9)
        while !condition() && MonotonicClock.now().nanoseconds < end { run(seconds: 0.1) }
    }

    /// What should never be: a wrong answer, or a connection that ends.
    var faults: Int { load.wrong + load.lost }
}
