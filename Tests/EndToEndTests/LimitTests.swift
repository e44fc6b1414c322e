// Bounds that are reached under load.

import TestSupport
import Testing

extension EndToEnd {
    @Suite("Limits")
    struct LimitTests {
        @Test("Eight clients where two may connect: all are served in turn, and the log stays short")
        func maxClients() throws {
            let scene = try Scene()
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables(), parameters: ["max_clients": "2"])
            let begun = ContinuousClock.now
            try mapmux.start()
            try waitForValue(mapmux)
            let load = LoadClients(
                path: mapmux.socketPath, clients: 8, lookupsPerConnection: 10, choose: Scene.lookup)
            try load.waitForRight(5000)
            try waitUntil("everybody is served: \(load.current)") { load.current.served.count == 8 }
            expectOnlyRight(try load.stop(), mapmux)
            let lines = mapmux.log().split(separator: "\n").filter { $0.contains("max_clients reached") }
            // One a second at most.
            let seconds = Int((ContinuousClock.now - begun).components.seconds)
            #expect((1...seconds + 2).contains(lines.count), "\(lines)")
        }
    }
}
