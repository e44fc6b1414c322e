// The benchmark with lookups runs, and what it tells of kept answers is right: a few clients, and nothing of how fast they are.

import Foundation
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("The benchmark with lookups", .serialized)
    struct LookupBenchmarkTests {
        /// What is read here of results.json.
        private struct Report: Decodable {
            struct Spread: Decodable { let median: Double }

            struct Ratio: Decodable { let title: String }

            struct Summary: Decodable {
                let hits: Spread?
                let ratios: [Ratio]
                let verified: Int
                let failed: Int
                let wrong: Int
                let lost: Int
            }

            struct Cell: Decodable {
                let workload: String
                let contender: String
                let summary: Summary?
                let obstacle: String?
            }

            let cells: [Cell]
        }

        private func run(_ arguments: [String]) throws -> String {
            let directory = try TemporaryDirectory()
            let log = "\(directory.path)/log"
            let child = try ChildProcess(
                try builtProduct("mapmux-bench"), arguments, stdout: log, stderr: log)
            let status = try child.waitForExit(within: 600)
            let text = String(decoding: try readFile(log), as: UTF8.self)
            #expect(status == 0, "\(text)")
            return text
        }

        private func report() throws -> [Report.Cell] {
            let directory = try TemporaryDirectory()
            _ = try run([
                "lookups", "--only",
                "mapmux,mapmux-cache-time,mapmux-cache-notified,mapmux-filtered,responder", "--clients", "8",
                "--workload", "unique,hot", "--rounds", "1", "--seconds", "0.1", "--rows", "100000",
                "--output", directory.path,
            ])
            for kind in ["md", "svg"] {
                #expect(try !readFile("\(directory.path)/results.\(kind)").isEmpty)
            }
            return try JSONDecoder().decode(
                Report.self, from: Data(readFile("\(directory.path)/results.json"))
            ).cells
        }

        @Test("No key comes again in `unique`, but some in `hot`, where what asks no database stands, too")
        func lookups() throws {
            let cells = try report()
            let names = cells.map { "\($0.workload) \($0.contender)" }
            #expect(
                names == [
                    "unique mapmux", "unique mapmux-cache-time", "unique mapmux-cache-notified", "hot mapmux",
                    "hot mapmux-cache-time", "hot mapmux-cache-notified", "hot mapmux-filtered",
                    "hot responder",
                ])
            for cell in cells {
                let summary = try #require(cell.summary, "\(cell.contender): \(cell.obstacle ?? "")")
                #expect(summary.verified > 0 && summary.failed + summary.wrong + summary.lost == 0)
                #expect(summary.ratios.contains { $0.title == "of mapmux" })
                #expect(
                    summary.ratios.contains { $0.title == "of filtered keys" } == (cell.workload == "hot"))
                guard cell.contender.hasPrefix("mapmux-cache-") else {
                    #expect(summary.hits == nil)
                    continue
                }
                let hits = try #require(summary.hits).median
                // How many there are in two seconds is the machine's affair.
                #expect(cell.workload == "hot" ? hits > 0 : hits == 0)
            }
        }

        @Test("What an entry takes of memory is told of all that fill the room")
        func memory() throws {
            let text = try run(["memory", "--cache-size", "2M"])
            let match = try #require(
                text.firstMatch(of: #/([\d,]+) entries of 40 bytes.*: (\d+) bytes an entry/#))
            let entries = try #require(Int(match.1.filter { $0 != "," }))
            #expect(entries > 5_000 && entries < 2_000_000 / 40)
            #expect(text.contains("0 answers were wrong, failed or missing"))
        }
    }
}
