// Random simulations of a pool among clients and faults, each the same in every run.

import Testing

@Suite("A pool in all kinds of trouble")
struct SimulationTests {
    @Test("answers each lookup once, rightly and in time, within all bounds", arguments: 1...40)
    func trouble(seed: UInt64) {
        let simulation = Simulation(seed: seed)
        if let problem = simulation.run(steps: 2000) { Issue.record("\(problem)") }
    }

    @Test("has met every outcome")
    func outcomes() {
        var outcomes: [String: Int] = [:]
        for seed in 101...200 as ClosedRange<UInt64> {
            let simulation = Simulation(seed: seed)
            if let problem = simulation.run(steps: 400) { Issue.record("\(problem)") }
            outcomes.merge(simulation.outcomes, uniquingKeysWith: +)
        }
        let expected = [
            "answer", "connectionsLost", "deadline", "keep", "queryFailed", "share", "tableUnusable",
            "unreachable",
            "waitingFull",
        ]
        #expect(outcomes.keys.sorted() == expected)
    }
}
