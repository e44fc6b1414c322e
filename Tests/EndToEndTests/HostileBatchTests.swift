// Servers whose answers to statements for many keys, and to what makes these, are not what they should be.

import LookupStatistics
import TestSupport
import Testing
import ThrowawayServers

private typealias Message = PostgresMessage

extension EndToEnd {
    @Suite("Hostile answers to statements for many keys", .serialized)
    struct HostileBatchTests {
        /// What the server says in place of a row for each key, by place.
        enum Rows: String, CaseIterable, CustomTestStringConvertible {
            case descending
            case swapped
            case apart
            case beyondTheLast
            case ofPlaceZero
            case ofNegativePlaces
            case ofGiantPlaces
            case ofNoPlace
            case ofPlacesInWords
            case fewerThanTold
            case moreThanTold
            case ofGiantNumber
            case preparedInstead

            var testDescription: String { rawValue }

            func reply(_ keys: [String]) -> [UInt8] {
                let right = keys.enumerated().map { ("\($0 + 1)", "value of \($1)") }
                let others = keys.indices.map { ("\($0 + 1)", "value of another") }
                switch self {
                case .descending: return Message.rows(Array(right.reversed()))
                case .swapped:
                    var rows = right
                    if rows.count > 1 { rows.swapAt(0, 1) }
                    return Message.rows(rows)
                // Rows of the first before and after those of the others.
                case .apart: return Message.rows(right + (right.count > 1 ? [("1", "value of another")] : []))
                case .beyondTheLast: return Message.rows(right + [("\(keys.count + 1)", "value of another")])
                case .ofPlaceZero: return Message.rows([("0", "value of another")] + right)
                case .ofNegativePlaces: return Message.rows(others.map { ("-\($0.0)", $0.1) })
                case .ofGiantPlaces:
                    return Message.rows(others.map { ("9999999999999999999\($0.0)", $0.1) })
                case .ofNoPlace: return Message.rows(others.map { ("", $0.1) })
                case .ofPlacesInWords: return Message.rows(others.map { ("one", $0.1) })
                case .fewerThanTold:
                    return Message.rows(right).dropLast(Message.commandComplete("SELECT 1").count)
                        + Message.commandComplete("SELECT \(keys.count + 1)")
                case .moreThanTold:
                    return right.flatMap { Message.dataRow($0.0, $0.1) } + Message.commandComplete("SELECT 0")
                case .ofGiantNumber:
                    return right.flatMap { Message.dataRow($0.0, $0.1) }
                        + Message.commandComplete("SELECT 99999999999999999999999999")
                case .preparedInstead: return Message.parseComplete
                }
            }
        }

        /// What the server says to the question what the statement must be like.
        private static let surveys: [(name: String, reply: [UInt8])] = [
            ("nothing", Message.rows([String]())),
            ("two types", Message.rows(["text[]", "text[]"])),
            ("an empty type", Message.rows([""])),
            ("SQL", Message.rows(["text[]) AS x; DROP TABLE y; --"])),
            ("a giant type", Message.rows([String(repeating: "t", count: 6 << 20)])),
            ("a type of no text", Message.dataRow([[0xff, 0xfe]]) + Message.commandComplete("SELECT 1")),
            ("an error", Message.error("no", sqlState: "42501")),
            ("a preparation", Message.parseComplete),
        ]

        private let directory: TemporaryDirectory
        private let server: FakePostgres
        private let mapmux: MapmuxProcess
        private let client: SocketmapClient

        init() throws {
            server = try FakePostgres()
            directory = try TemporaryDirectory()
            let table = try directory.write(
                "table.cf",
                """
                hosts = \(server.host)
                dbname = hostile
                retry_interval = 1s
                query = SELECT value FROM anywhere WHERE key = '%s'

                """)
            mapmux = try MapmuxProcess(
                maps: ["pgsql:\(table)"],
                parameters: [
                    "pool_size": "1", "lookup_timeout": "4s", "query_timeout": "2s", "connect_timeout": "2s",
                    "batch_statements": "always", "map_trust": "table",
                ])
            try mapmux.start()
            client = try mapmux.client()
        }

        /// Asks for thirty keys at once.
        ///
        /// - Returns: how many had their values; the others failed temporarily.
        @discardableResult
        private func ask(_ round: String) throws -> Int {
            let keys = (0..<30).map { "\(round)-\($0)" }
            try client.send(keys.flatMap { SocketmapClient.request("table", Array($0.utf8)) })
            var found = 0
            for key in keys {
                let reply = try client.readReply()
                #expect(reply.isTemporary || reply == .ok("value of \(key)"), "\(key): \(reply)")
                if reply == .ok("value of \(key)") { found += 1 }
            }
            return found
        }

        private func waitForStatements() throws {
            try waitUntil("several keys go out in a statement: \(mapmux.log())") {
                try ask("before")
                return try mapmux.statistics().targets[0].batches.sum > 0
            }
        }

        @Test(
            "Rows go to the keys that they are for, or each key is asked by itself", arguments: Rows.allCases)
        func rows(_ rows: Rows) throws {
            try waitForStatements()
            server.behave { request, _ in
                guard case .executeMany(let keys) = request else { return nil }
                return .bytes(rows.reply(keys))
            }
            let before = try mapmux.statistics().targets[0].batches.sum
            for round in 0..<5 { try ask("\(round)") }
            // On a new connection keys go out one by one at first.
            try waitUntil("such a statement has gone out: \(mapmux.log())") {
                try ask("again")
                return try mapmux.statistics().targets[0].batches.sum > before
            }
            server.behave(nil)
            try waitUntil("all is well again: \(mapmux.log())") { try ask("after") == 30 }
            #expect(mapmux.isRunning)
        }

        @Test("Types that make no sense cost no answer, and little memory", arguments: surveys.map(\.name))
        func survey(_ name: String) throws {
            let reply = Self.surveys.first { $0.name == name }!.reply
            server.behave { request, _ in request == .survey ? .bytes(reply) : nil }
            server.cut()
            try waitUntil("the keys are found: \(mapmux.log())") { try ask("first") == 30 }
            for round in 0..<5 { try ask("\(round)") }
            #expect(try mapmux.peakMemory() < 200 << 20)
            server.behave(nil)
            try waitUntil("all is well again: \(mapmux.log())") { try ask("after") == 30 }
            #expect(mapmux.isRunning)
        }

        @Test("Rows are no preparation: what they are said to have prepared is not executed")
        func rowsForPreparation() throws {
            try waitUntil("the keys are found: \(mapmux.log())") { try ask("before") == 30 }
            let rows = Message.rowDescription() + Message.rows(["value of nobody"])
            server.behave { request, _ in
                switch request {
                case .parse(let sql) where sql.contains("anywhere"): .bytes(rows)
                case .execute(let key) where key.hasPrefix("false"): .bytes(Message.rows(["value of nobody"]))
                default: nil
                }
            }
            server.cut()
            #expect(try ask("false") == 0)
            try waitUntil("that is seen: \(mapmux.log())") {
                mapmux.log().contains("the server's results are out of step")
            }
            server.behave(nil)
            try waitUntil("all is well again: \(mapmux.log())") { try ask("after") == 30 }
        }
    }
}
