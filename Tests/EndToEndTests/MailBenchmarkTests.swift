// The benchmark with mails runs, and what it counts is right: a few messages, and nothing of how long they take.

import Foundation
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("The benchmark with mails", .serialized)
    struct MailBenchmarkTests {
        /// What is read here of mail.json.
        private struct Report: Decodable {
            struct Spread: Decodable { let median: Double }

            struct Summary: Decodable {
                let lookups: Spread?
                let hits: Spread?
                let roundTrips: Spread?
                let connections: Int
                let delivered: Int
                let faults: Int
            }

            struct Cell: Decodable {
                let contender: String
                let sessions: Int
                let summary: Summary?
                let obstacle: String?
            }

            let cells: [Cell]
        }

        private static let messages = 32
        private static let keepers = ["memcache", "mapmux-cache-time", "mapmux-cache-notified"]

        private func report() throws -> Report {
            let directory = try TemporaryDirectory()
            let arguments = [
                "mail", "--messages", "\(Self.messages)", "--rounds", "1", "--sessions", "1,4",
                "--distances", "1", "--addresses", "1000", "--output", directory.path,
            ]
            let log = "\(directory.path)/log"
            let child = try ChildProcess(
                try builtProduct("mapmux-bench"), arguments, stdout: log, stderr: log)
            let status = try child.waitForExit(within: 600)
            let text = String(decoding: try readFile(log), as: UTF8.self)
            #expect(status == 0, "\(text)")
            for kind in ["md", "svg"] { #expect(try !readFile("\(directory.path)/mail.\(kind)").isEmpty) }
            return try JSONDecoder().decode(Report.self, from: Data(readFile("\(directory.path)/mail.json")))
        }

        @Test("Every relay delivers everything, and with mapmux searching Postfix asks less often")
        func relays() throws {
            let cells = try report().cells
            #expect(Set(cells.map(\.contender)).count == 7 && cells.count == 14)
            var lookups: [String: Double] = [:]
            var roundTrips: [String: Double] = [:]
            for cell in cells {
                let summary = try #require(cell.summary, "\(cell.contender): \(cell.obstacle ?? "")")
                #expect(summary.faults == 0, "\(cell.contender)")
                #expect(summary.delivered == (cell.sessions == 1 ? Self.messages / 8 : Self.messages))
                #expect(summary.connections > 0)
                #expect((summary.hits != nil) == Self.keepers.contains(cell.contender), "\(cell.contender)")
                if let hits = summary.hits { #expect(hits.median > 0 && hits.median < 1) }
                guard cell.sessions == 1 else { continue }
                lookups[cell.contender] = try #require(summary.lookups).median
                roundTrips[cell.contender] = try #require(summary.roundTrips).median
            }
            let stock = try #require(lookups["stock"])
            #expect(stock > 20)
            // Some processes of Postfix remember the last thing that they have asked for.
            let same = 0.9 * stock...1.1 * stock
            for contender in Self.keepers + ["mapmux-proxymap", "mapmux-read-ahead"] {
                #expect(same.contains(try #require(lookups[contender])), "\(contender)")
            }
            #expect(try #require(lookups["mapmux-socketmap"]) < 0.7 * stock)
            #expect(try #require(roundTrips["stock"]) > 0.9 * stock)
            for contender in Self.keepers {
                #expect(try #require(roundTrips[contender]) < 0.95 * stock, "\(contender)")
            }
        }
    }
}
