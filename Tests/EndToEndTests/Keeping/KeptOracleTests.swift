// The oracle's corpus with kept answers: byte for byte what stock Postfix answers, and around a change, too.

import Foundation
import LookupStatistics
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Kept answers against stock Postfix", .serialized)
    struct KeptOracleTests {
        @Test("Each answer that is kept is that of stock Postfix, asked for twice and in any order")
        func corpus() throws {
            let oracle = try Oracle.shared.get()
            let names = oracle.corpus.files.map(\.name)
            let mapmux = try MapmuxProcess(
                maps: oracle.corpus.files.map { "pgsql:\($0.path)" },
                parameters: [
                    "pool_size": "2", "cache": names.map { "\($0)=1h" }.joined(separator: " "),
                ])
            try mapmux.start()
            let client = try mapmux.client()
            var comparison = Comparison()
            for round in 0..<3 {
                for (file, answers) in zip(oracle.corpus.files, oracle.answers) {
                    var pairs = Array(zip(file.keys, answers))
                    if round == 1 { pairs.reverse() }
                    for start in stride(from: 0, to: pairs.count, by: 200) {
                        let some = pairs[start..<min(start + 200, pairs.count)]
                        try client.send(some.flatMap { SocketmapClient.request(file.name, $0.0) })
                        for (key, expected) in some {
                            let reply = try client.readReply()
                            comparison.expect(
                                Pair(file: file.name, key: key), expected, got: "\(reply)",
                                equal: reply.agrees(with: expected))
                        }
                    }
                }
            }
            comparison.report()
            // Those whose queries may keep something are not kept, nor are failures.
            let maps = try mapmux.statistics().maps
            let hits = maps.reduce(0) { $0 + ($1.cache?.hits ?? 0) }
            let unused = maps.filter { $0.cache?.kept == 0 }.map(\.name)
            #expect(hits > 1000, "\(hits), not kept: \(unused)")
        }
    }
}

extension SocketmapReply {
    fileprivate func agrees(with answer: PostfixConfiguration.Answer) -> Bool {
        switch answer {
        case .found(let value): self == .ok(value)
        case .notFound: self == .notFound
        case .failed: isTemporary
        }
    }
}
