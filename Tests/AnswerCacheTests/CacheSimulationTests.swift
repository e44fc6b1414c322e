// Long courses of a cache beside a database that changes.

import AnswerCache
import Testing

@Suite("An answer cache over a long time")
struct CacheSimulationTests {
    @Test(
        "What is given is proved, and what is proved is given while there is room",
        arguments: [CacheOptions.time(200), .notified(), .notified(orTime: 100)], [true, false])
    func courses(options: CacheOptions, isLarge: Bool) {
        for seed: UInt64 in 1...3 {
            var simulation = CacheSimulation(seed: seed, options, isLarge: isLarge)
            simulation.run(steps: 8_000)
            #expect(simulation.faults == [], "seed \(seed)")
            #expect(simulation.hits > 100)
        }
    }
}
