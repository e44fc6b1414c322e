// The rounds of one workload at one number of clients: all contenders in turn, again and again.

import BenchmarkReport
import LoadEngine

struct Rounds {
    let site: Site
    let contenders: [Contender]
    let workload: WorkloadKind
    let clients: Int
    let addresses: Int
    let count: Int
    let warmUp: Double
    let seconds: Double

    /// For how many seconds what keeps answers is warmed up: longer than it keeps them by time; and in the first round, when
    /// it knows nothing yet.
    private static let keeperWarmUp = 2.5
    private static let firstKeeperWarmUp = 4.5

    /// All cells, and the measurements that they are made of.
    func run(
        progress: (Int, Contender, Measurement?) -> Void
    ) -> (cells: [Cell], measured: [Contender: [Measurement]]) {
        var measured: [Contender: [Measurement]] = [:]
        var obstacles: [Contender: String] = [:]
        for contender in contenders {
            obstacles[contender] = site.obstacle(to: contender, clients: clients)
        }
        for round in 0..<count {
            for contender in Turns.order(contenders, round: round) {
                var measurement: Measurement?
                if obstacles[contender] == nil {
                    do {
                        let made = try measure(contender, round: round)
                        measured[contender, default: []].append(made)
                        measurement = made
                    } catch {
                        obstacles[contender] = Turns.obstacle(error)
                    }
                }
                progress(round, contender, measurement)
            }
        }
        let cells = contenders.map { contender in
            let obstacle = obstacles[contender]
            return Cell(
                workload: workload.rawValue, clients: clients, contender: contender.rawValue,
                title: contender.title,
                summary: obstacle == nil ? summary(measured[contender]!, all: measured) : nil,
                obstacle: obstacle)
        }
        return (cells, measured)
    }

    private func measure(_ contender: Contender, round: Int) throws -> Measurement {
        var warmUp = warmUp
        if workload == .unique {
            // No answer is kept from another round, and none comes again in this one.
            try site.flush(contender)
        } else if contender.keeping != nil {
            warmUp = max(warmUp, round == 0 ? Self.firstKeeperWarmUp : Self.keeperWarmUp)
        }
        return try Measurement(
            of: contender, at: site, clients: clients,
            // No number of clients asks the same questions as another.
            workload: Workload(workload, addresses: addresses, seed: UInt64(clients) << 16 | UInt64(round)),
            warmUp: warmUp, seconds: seconds)
    }

    /// - Parameter all: what everybody has had in the same rounds.
    private func summary(_ rounds: [Measurement], all: [Contender: [Measurement]]) -> Summary {
        func spread(_ value: (Measurement) -> Double?) -> Spread? {
            let values = rounds.compactMap(value)
            return values.isEmpty ? nil : Spread(values)
        }
        func ratio(_ title: String, to other: Contender, _ value: (Measurement) -> Double) -> Ratio? {
            Ratio(title: title, of: rounds.map(value), to: (all[other] ?? []).map(value))
        }
        let rates = Contender.allCases.compactMap { other in
            other.ratioTitle.flatMap { ratio($0, to: other, \.load.rate) }
        }
        let processor = ratio("PostgreSQL's CPU of mapmux's", to: .mapmux, \.databaseMicroseconds)
        return Summary(
            lookupsPerSecond: Spread(rounds.map(\.load.rate)),
            ofCeiling: ratio("of the ceiling", to: .ceiling, \.load.rate)?.spread,
            ratios: rates + [processor].compactMap { $0 }, hits: spread(\.hits),
            millisecondsP50: Spread(rounds.map(\.load.p50)), millisecondsP99: Spread(rounds.map(\.load.p99)),
            millisecondsP999: Spread(rounds.map(\.load.p999)),
            smallestShare: Spread(rounds.map(\.load.smallestShare)),
            frontMicroseconds: spread(\.frontMicroseconds),
            databaseMicroseconds: Spread(rounds.map(\.databaseMicroseconds)),
            clientMicroseconds: Spread(rounds.map(\.clientMicroseconds)),
            frontBytes: spread { $0.frontMemory.map(Double.init) }?.most,
            connections: rounds.map(\.connections).max() ?? 0,
            verified: rounds.reduce(0) { $0 + $1.load.found + $1.load.notFound },
            failed: rounds.reduce(0) { $0 + $1.load.failed },
            wrong: rounds.reduce(0) { $0 + $1.load.wrong },
            lost: rounds.reduce(0) { $0 + $1.load.lost })
    }
}
