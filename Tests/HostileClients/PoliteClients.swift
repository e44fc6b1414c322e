// Clients that ask one key after another and verify every answer, in this process's one thread.

import EventLoop
import LoadEngine
import LookupValues

final class PoliteClients {
    private let load: Load
    /// Called ten times a second while clients run.
    var sample: () -> Void = {}
    /// What should never be: a wrong answer, or a connection that ends.
    private(set) var faults = 0

    init(_ count: Int, map: String, path: String) throws {
        let workload = Workload(.unique, addresses: HostileSite.keyCount, seed: 1)
        load = Load(loop: try EventLoop(), workload: workload)
        let form = RequestForm(.socketmap) { _ in map }
        load.add(try (0..<count).map { _ in try SocketClient(path: path, form: form, load: load) })
    }

    deinit {
        load.leave()
    }

    /// Lets them ask for a while.
    @discardableResult
    func run(seconds: Double) -> LoadResult {
        let result = load.measure(for: Int64(seconds * 1e9), sample: sample)
        faults += result.wrong + result.lost
        return result
    }

    /// Lets them ask until `condition` holds, for as many seconds at most.
    func run(until condition: () -> Bool, atMost seconds: Double) {
        let end = MonotonicClock.now().advanced(byNanoseconds: Int64(seconds * 1e9))
        while !condition() && MonotonicClock.now() < end { run(seconds: 0.1) }
    }
}
