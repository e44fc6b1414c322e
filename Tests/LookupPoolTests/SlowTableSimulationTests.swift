// What the manual promises of quick tables beside slow and locked ones, held against many simulations.

import Testing

@Suite("Quick tables beside tables in trouble")
struct SlowTableSimulationTests {
    /// In nanoseconds.
    private static let promise: Int64 = 500_000_000

    /// Runs some simulations, and holds each to what the manual says.
    ///
    /// - Parameter isCrowded: whether many ask the tables in trouble, which must go on as well.
    private func play(
        _ troubled: SlowTableScene.Trouble..., seeds: ClosedRange<UInt64>, isCold: Bool,
        isCrowded: Bool = false,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for seed in seeds {
            let simulation = SlowTableSimulation(seed: seed) { random in
                let scene = SlowTableScene(
                    connections: 2 + random.below(3), troubled: troubled, isCold: isCold, using: &random)
                return isCrowded ? scene.crowded() : scene
            }
            simulation.run()
            let what = "seed \(seed), \(simulation.summary)"
            #expect(simulation.longest.taken <= Self.promise, "\(what)", sourceLocation: sourceLocation)
            #expect(simulation.failures == 0, "\(what)", sourceLocation: sourceLocation)
            #expect(simulation.leastShare >= 0.5, "\(what)", sourceLocation: sourceLocation)
            #expect(simulation.isServedAfterwards, "\(what)", sourceLocation: sourceLocation)
            guard isCrowded else { continue }
            #expect(simulation.leastTroubledShare >= 0.5, "\(what)", sourceLocation: sourceLocation)
        }
    }

    private static let slow: ClosedRange<Int64> = 1_000_000_000...4_500_000_000

    @Test("A lock on a table in use leaves the others their speed")
    func lock() { play(.lock, seeds: 1...4, isCold: false) }

    @Test("A lock on a table at the start leaves the others their speed")
    func coldLock() { play(.lock, seeds: 21...24, isCold: true) }

    @Test("A table that becomes slow leaves the others their speed")
    func slow() { play(.slow(Self.slow), seeds: 41...44, isCold: false) }

    @Test("A table that is slow from the start leaves the others their speed")
    func coldSlow() { play(.slow(Self.slow), seeds: 61...64, isCold: true) }

    @Test("A table of which one query in ten is slow leaves the others their speed")
    func partlySlow() { play(.partlySlow(Self.slow, oneIn: 10), seeds: 81...84, isCold: false) }

    @Test(
        "A table whose plan for many keys becomes a bad one leaves the others their speed, and soon has its own again",
        arguments: [false, true])
    func costlyTogether(isCold: Bool) {
        play(
            .costlyTogether(5_000_000...20_000_000), seeds: isCold ? 142...142 : 162...162, isCold: isCold,
            isCrowded: true)
    }

    @Test("A lock and a slow table at once leave the others their speed", arguments: [false, true])
    func both(isCold: Bool) {
        play(.lock, .slow(Self.slow), seeds: isCold ? 104...107 : 124...127, isCold: isCold)
    }
}
