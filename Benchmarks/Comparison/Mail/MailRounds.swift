// The rounds at one number of sessions: all relays in turn, again and again, with the same messages in a round.

import BenchmarkReport
import LoadEngine

struct MailRounds {
    let database: MailDatabase
    let servers: [MailServer]
    let distance: Double
    let sessions: Int
    let messages: Int
    /// How many messages come before those that count. What keeps answers gets as many as count, if these are more, and
    /// four times as many in the first round.
    let warmUp: Int
    let isWatched: Bool
    let count: Int

    /// All cells, and the measurements that they are made of.
    func run(
        mix: MailMix, progress: (Int, MailContender, MailMeasurement?) -> Void
    ) -> (cells: [MailCell], measured: [MailContender: [MailMeasurement]]) {
        var mix = mix
        var measured: [MailContender: [MailMeasurement]] = [:]
        var obstacles: [MailContender: String] = [:]
        for round in 0..<count {
            // No number of sessions brings the same messages as another: what is kept would be asked for again.
            mix.begin(seed: UInt64(sessions) << 16 | UInt64(round))
            let messages = (0..<messages).map { _ in mix.next() }
            let warmUp = (0..<max(warmUp, (round == 0 ? 4 : 1) * messages.count)).map { _ in mix.next() }
            for server in Turns.order(servers, round: round) {
                let before = server.contender.keepsAnswers ? warmUp.count : self.warmUp
                var measurement: MailMeasurement?
                if obstacles[server.contender] == nil {
                    do {
                        let made = try MailMeasurement(
                            of: server, at: database, sessions: sessions, messages: messages,
                            warmUp: Array(warmUp.prefix(before)), isWatched: isWatched)
                        measured[server.contender, default: []].append(made)
                        measurement = made
                    } catch {
                        obstacles[server.contender] = Turns.obstacle(error)
                    }
                }
                progress(round, server.contender, measurement)
            }
        }
        let cells = servers.map(\.contender).map { contender in
            let obstacle = obstacles[contender]
            return MailCell(
                distance: distance, sessions: sessions, contender: contender.rawValue, title: contender.title,
                summary: obstacle == nil
                    ? MailSummary(
                        measured[contender]!, stock: measured[.stock] ?? [],
                        uncached: measured[.proxymap] ?? []) : nil,
                obstacle: obstacle)
        }
        return (cells, measured)
    }
}

extension MailSummary {
    /// - Parameters:
    ///   - stock: what stock has had in the same rounds; less than all rounds count for nothing.
    ///   - uncached: what mapmux in proxymap's place has had that keeps nothing.
    fileprivate init(
        _ rounds: [MailMeasurement], stock: [MailMeasurement], uncached: [MailMeasurement]
    ) {
        func spread(_ value: (MailMeasurement) -> Double?) -> Spread? {
            let values = rounds.compactMap(value)
            return values.isEmpty ? nil : Spread(values)
        }
        func ratio(to others: [MailMeasurement], _ value: (MailMeasurement) -> Double?) -> Spread? {
            let ratios = zip(rounds, others).compactMap { round, other in
                value(round).flatMap { own in value(other).map { own / $0 } }
            }
            return ratios.count == rounds.count ? Spread(ratios) : nil
        }
        func ofStock(_ value: (MailMeasurement) -> Double?) -> Spread? { ratio(to: stock, value) }
        self.init(
            mailsPerSecond: Spread(rounds.map(\.rate)), rateOfStock: ofStock(\.rate),
            lookups: spread { $0.perMessage($0.lookups.map(Double.init)) },
            hits: spread(\.hits),
            roundTrips: spread { $0.perMessage($0.roundTrips.map(Double.init)) },
            lookupMilliseconds: spread { $0.perMessage($0.waitedSeconds.map { $0 * 1e3 }) },
            lookupTimeOfStock: ofStock { $0.perMessage($0.waitedSeconds) },
            frontMilliseconds: Spread(rounds.map { $0.frontSeconds * 1e3 / Double($0.messages) }),
            databaseMilliseconds: Spread(rounds.map { $0.databaseSeconds * 1e3 / Double($0.messages) }),
            databaseOfMapmux: ratio(to: uncached, \.databaseSeconds),
            processorOfStock: ofStock { $0.frontSeconds + $0.databaseSeconds },
            connections: rounds.map(\.connections).max() ?? 0,
            delivered: rounds.reduce(0) { $0 + $1.delivered }, faults: rounds.reduce(0) { $0 + $1.faults })
    }
}

extension MailMeasurement {
    fileprivate var rate: Double { Double(messages) / seconds }

    fileprivate func perMessage(_ sum: Double?) -> Double? { sum.map { $0 / Double(messages) } }
}
