// The promise of news, in seeded simulations.

import Testing

@Suite("Leases among simulated servers")
struct LeaseSimulationTests {
    @Test(
        "Whatever servers do, what is verified has been told, and no fence lets a change through",
        arguments: 1...12)
    func promise(seed: Int) {
        var simulation = LeaseSimulation(seed: UInt64(seed))
        let wrong = simulation.run(milliseconds: 20_000)
        #expect(wrong == nil, "seed \(seed)")
        let judge = simulation.judge
        #expect(judge.verified > 10 && judge.verifiedStandby > 10 && judge.fences > 10)
    }
}
