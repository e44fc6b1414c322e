// What mapmux answers is what stock Postfix answers for the same file and key, byte for byte.

import Foundation
import LookupStatistics
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Against stock Postfix", .serialized)
    struct OracleTests {
        @Test("The corpus is large, stock Postfix takes every file, and its answers are of all kinds")
        func corpus() throws {
            let oracle = try Oracle.shared.get()
            let all = oracle.answers.joined()
            #expect(oracle.corpus.files.count >= 60)
            #expect(oracle.corpus.pairs.count >= 1500)
            #expect(all.count == oracle.corpus.pairs.count)
            var found = 0
            var notFound = 0
            var failed = 0
            for answer in all {
                switch answer {
                case .found: found += 1
                case .notFound: notFound += 1
                case .failed(let reason):
                    failed += 1
                    // A broken file would fail as well, and prove nothing.
                    #expect(!reason.contains("open \""), "\(reason)")
                }
            }
            #expect(found >= 500)
            #expect(notFound >= 500)
            #expect(failed >= 100)
            for (file, answers) in zip(oracle.corpus.files, oracle.answers) {
                #expect(Set(file.keys).count == file.keys.count, "\(file.name) repeats keys")
                #expect(answers.count == file.keys.count)
            }
        }

        @Test(
            "postmap gets through socketmap what it gets from the file itself, in each way of sending",
            arguments: Oracle.Way.allCases)
        func socketmapThroughPostmap(_ way: Oracle.Way) throws {
            let oracle = try Oracle.shared.get()
            let subject = try Oracle.Subject.of(way)
            var comparison = Comparison()
            for (file, answers) in zip(subject.files, subject.answers) {
                // postmap dies at the first failure: those keys are compared by the other tests.
                let asked = zip(file.keys, answers).filter { !$0.1.isFailure }
                let table = "socketmap:unix:\(subject.mapmux.socketPath):\(file.name)"
                guard let got = try oracle.postfix.postmap(queryAll: asked.map(\.0), table: table) else {
                    Issue.record("\(file.name): postmap failed for a key that does not fail in Postfix")
                    continue
                }
                for ((key, expected), got) in zip(asked, got) {
                    comparison.expect(
                        Pair(file: file.name, key: key), expected, got: describe(got), equal: got == expected)
                }
            }
            comparison.report()
            #expect(comparison.compared >= 1500)
            let targets = try subject.mapmux.statistics().targets
            let batched = targets.reduce(0) { $0 + $1.batches.sum }
            let alone = targets.reduce(0) { $0 + $1.prepared }
            let unnamed = targets.reduce(0) { $0 + $1.unnamed }
            switch way {
            case .itself: #expect(alone >= 1500 && unnamed == 0, "\(alone), \(unnamed)")
            case .batching: #expect(batched >= 500, "\(batched)")
            // But for queries that read no table.
            case .apart: #expect(alone >= 1000 && batched < alone, "\(alone), \(batched)")
            case .pooled: #expect(unnamed >= 1500 && batched == 0, "\(unnamed), \(batched)")
            }
        }

        @Test(
            "Every pair, failing ones too, mixed into one pipeline of one client gets its answer",
            arguments: Oracle.Way.allCases)
        func pipelined(_ way: Oracle.Way) throws {
            let subject = try Oracle.Subject.of(way)
            let client = try subject.mapmux.client()
            // The first key of every file, then the second of every file, …: neighbours are of different tables.
            let longest = subject.files.map(\.keys.count).max() ?? 0
            var lookups: [(pair: Pair, expected: PostfixConfiguration.Answer)] = []
            for index in 0..<longest {
                for (file, answers) in zip(subject.files, subject.answers)
                where index < file.keys.count {
                    lookups.append((Pair(file: file.name, key: file.keys[index]), answers[index]))
                }
            }
            var comparison = Comparison()
            for start in stride(from: 0, to: lookups.count, by: 200) {
                let batch = lookups[start..<min(start + 200, lookups.count)]
                try client.send(batch.flatMap { SocketmapClient.request($0.pair.file, $0.pair.key) })
                for (pair, expected) in batch {
                    let got = try client.readReply()
                    let equal =
                        switch expected {
                        case .found(let value): got == .ok(value)
                        case .notFound: got == .notFound
                        case .failed: got.isTemporary
                        }
                    comparison.expect(pair, expected, got: "\(got)", equal: equal)
                }
            }
            comparison.report()
            #expect(comparison.compared >= 1500)
        }

        @Test("mapmux query with keys from its standard input prints what postmap prints")
        func queryFromInput() throws {
            let oracle = try Oracle.shared.get()
            let mapmux = try Oracle.Subject.of(.itself).mapmux
            var comparison = Comparison()
            for (file, answers) in zip(oracle.corpus.files, oracle.answers) {
                let asked = zip(file.keys, answers).filter { !$0.1.isFailure }
                let result = try mapmux.run(
                    "query", ["-o", "maps=pgsql:\(file.path)", file.name, "-"],
                    stdin: asked.flatMap { $0.0 + [UInt8(ascii: "\n")] })
                guard let got = parseAnswers(result.stdout, keys: asked.map(\.0)) else {
                    Issue.record("\(file.name): unreadable: \(printable(result.stdout)) \(result.stderr)")
                    continue
                }
                for ((key, expected), got) in zip(asked, got) {
                    comparison.expect(
                        Pair(file: file.name, key: key), expected,
                        got: "\(describe(got)), status \(result.status) \(result.stderr)",
                        equal: got == expected)
                }
            }
            comparison.report()
            #expect(comparison.compared >= 1500)
        }

        @Test("mapmux query with one key tells by its status what came of it")
        func querySingleKeys() throws {
            let oracle = try Oracle.shared.get()
            let mapmux = try Oracle.Subject.of(.itself).mapmux
            var comparison = Comparison()
            for (file, answers) in zip(oracle.corpus.files, oracle.answers) {
                // Some of each kind: those that do not fail were all asked for through standard input, too.
                var seen: [Int32: Int] = [:]
                let only = ["-o", "maps=pgsql:\(file.path)", "--", file.name].map { Array($0.utf8) }
                for (key, expected) in zip(file.keys, answers) {
                    let status = expected.exitStatus
                    guard key != [UInt8(ascii: "-")], String(bytes: key, encoding: .utf8) != nil else {
                        continue
                    }
                    seen[status, default: 0] += 1
                    guard seen[status, default: 0] <= (status == 75 ? 5 : 1) else { continue }
                    let result = try mapmux.run("query", bytes: only + [key])
                    var output: [UInt8] = []
                    if case .found(let value) = expected { output = value + [UInt8(ascii: "\n")] }
                    let got = "status \(result.status), \"\(printable(result.stdout))\", \(result.stderr)"
                    comparison.expect(
                        Pair(file: file.name, key: key), expected, got: got,
                        equal: result.status == status && result.stdout == output)
                }
            }
            comparison.report()
            #expect(comparison.compared >= 100)
        }

        @Test("After all that, and with keys that no line can hold, the databases hold what they held before")
        func nothingInjected() throws {
            let oracle = try Oracle.shared.get()
            let client = try Oracle.Subject.of(.itself).mapmux.client()
            let attack = "'\n; DROP TABLE canary; --"
            let keys = [
                attack, "\\\(attack)", "x\r\n\(attack)@x\(attack)", "\u{0}\(attack)", "a\u{0}b@c\u{0}d",
            ]
            for file in oracle.corpus.files {
                for key in keys {
                    try client.send(SocketmapClient.request(file.name, Array(key.utf8)))
                    let reply = try client.readReply()
                    if case .other = reply { Issue.record("\(file.name) \(key.debugDescription): \(reply)") }
                    if case .perm = reply { Issue.record("\(file.name) \(key.debugDescription): \(reply)") }
                }
            }
            let after = try oracle.corpus.dumpNow()
            #expect(after == oracle.corpus.dumpBefore)
            #expect(try oracle.corpus.cluster.psql("corpus", "SELECT state FROM canary") == "alive")
        }
    }
}
