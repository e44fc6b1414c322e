// Servers that break the protocol, by mistake or on purpose.

import Glibc
import TestSupport
import Testing
import ThrowawayServers

private typealias Message = PostgresMessage

extension EndToEnd {
    @Suite("Hostile servers", .serialized)
    struct HostileServerTests {
        /// What the server does to one query in three, where nothing else is said.
        enum Hostility: String, CaseIterable, CustomTestStringConvertible {
            case errorWithoutSQLState
            case emptyError
            case giantError
            case giantErrorWhenPreparing
            case giantSQLState
            case errorAtSync
            case unknownMessage
            case giantValue
            case lengthOfTwoGigabytes
            case lengthOfNothing
            case endlessRow
            case endlessRows
            case tooManyColumns
            case tooFewColumns
            case rowsWithoutDescription
            case secondDescription
            case binaryValues
            case thousandsOfColumns
            case twoResults
            case nothingButCommandComplete
            case noCommandComplete
            case missingRow
            case giantRowCount
            case resultsWhileIdle
            case readyOutOfTurn
            case copyIn
            case copyOut
            case copyBoth
            case emptyQueryResponse
            case truncatedAndSilent
            case truncatedAndClosed
            case noticeFlood
            case notificationFlood
            case parameterFlood
            case noParse
            case garbage
            case greetingOfGarbage
            case endlessGreeting
            case endlessAuthentication
            case authenticationUnknown

            var testDescription: String { rawValue }

            /// One, where results come that nobody has asked for: while others are in flight nothing tells them from answers.
            var lookupsAtOnce: Int { self == .resultsWhileIdle ? 1 : 30 }

            /// What comes in place of the row of this value.
            func reply(_ request: FakePostgres.Request, _ value: String) -> FakePostgres.Reply? {
                let row = Message.dataRow(value)
                let complete = Message.commandComplete("SELECT 1")
                switch (self, request) {
                case (.errorWithoutSQLState, .execute):
                    return .bytes(Message.error("no state", sqlState: nil))
                case (.emptyError, .execute): return .bytes(Message.message("E", [0]))
                case (.giantError, .execute):
                    return .bytes(Message.error(String(repeating: "e", count: 4 << 20), sqlState: "XX000"))
                case (.giantErrorWhenPreparing, .parse):
                    return .bytes(Message.error(String(repeating: "e", count: 4 << 20), sqlState: "42601"))
                case (.giantSQLState, .execute):
                    return .bytes(Message.error("long", sqlState: String(repeating: "X", count: 4 << 20)))
                case (.errorAtSync, .sync):
                    return .bytes(Message.error("too late", sqlState: "XX000") + Message.readyForQuery)
                case (.unknownMessage, .execute): return .bytes(Message.message("y", [1]) + row + complete)
                case (.giantValue, .execute):
                    return .bytes(Message.dataRow([[UInt8](repeating: 120, count: 6 << 20)]) + complete)
                case (.lengthOfTwoGigabytes, .execute):
                    return .bytesAndSilence(Array("D".utf8) + Message.int32(0x7fff_ffff) + row)
                case (.lengthOfNothing, .execute):
                    return .bytes(Array("D".utf8) + Message.int32(3) + row + complete)
                case (.endlessRow, .describe):
                    return .bytes(
                        Message.rowDescription() + Array("D".utf8) + Message.int32(0x7fff_ffff)
                            + Message.int16(1) + Message.int32(0x7fff_fff0))
                case (.endlessRow, .execute): return .flood([UInt8](repeating: 120, count: 1 << 20))
                case (.endlessRows, .execute):
                    return .flood((0..<1000).flatMap { _ in Message.dataRow(value) })
                case (.tooManyColumns, .execute): return .bytes(Message.dataRow(value, "more") + complete)
                case (.tooFewColumns, .execute): return .bytes(Message.dataRow([[UInt8]]()) + complete)
                case (.rowsWithoutDescription, .describe): return .bytes(Message.noData)
                case (.secondDescription, .execute):
                    return .bytes(Message.rowDescription() + row + complete)
                // The number 7 as an int4 has it.
                case (.binaryValues, .describe): return .bytes(Message.rowDescription(isBinary: true))
                case (.binaryValues, .execute): return .bytes(Message.dataRow([[0, 0, 0, 7]]) + complete)
                case (.thousandsOfColumns, .describe): return .bytes(Message.rowDescription(columns: 30_000))
                case (.thousandsOfColumns, .execute):
                    return .bytes(Message.dataRow((0..<30_000).map { _ in [120] }) + complete)
                case (.twoResults, .execute): return .bytes(row + complete + row + complete)
                case (.nothingButCommandComplete, .describe): return .bytes([])
                case (.nothingButCommandComplete, .execute): return .bytes(complete)
                case (.noCommandComplete, .execute): return .bytes(row)
                case (.missingRow, .execute): return .bytes(complete)
                case (.giantRowCount, .execute):
                    return .bytes(row + Message.commandComplete("SELECT 9999999999999999999"))
                case (.resultsWhileIdle, .sync):
                    return .bytes(Message.readyForQuery + Message.rowDescription() + row + complete)
                case (.readyOutOfTurn, .execute): return .bytes(Message.readyForQuery + row + complete)
                case (.copyIn, .execute): return .bytes(Message.message("G", [0, 0, 0]))
                case (.copyOut, .execute):
                    return .bytes(Message.message("H", [0, 0, 0]) + Message.message("d", [65]))
                case (.copyBoth, .execute): return .bytes(Message.message("W", [0, 0, 0]))
                case (.emptyQueryResponse, .execute): return .bytes(Message.message("I"))
                case (.truncatedAndSilent, .execute): return .bytesAndSilence(Array(row.dropLast(3)))
                case (.truncatedAndClosed, .execute): return .bytesAndClose(Array(row.dropLast(3)))
                case (.noticeFlood, .execute):
                    let notice = Message.error("hear, hear", sqlState: "00000", isNotice: true)
                    return .flood((0..<1000).flatMap { _ in notice })
                case (.notificationFlood, .execute):
                    let body = Message.int32(1) + Message.string("channel") + Message.string("payload")
                    return .flood((0..<1000).flatMap { _ in Message.message("A", body) })
                case (.parameterFlood, .execute):
                    return .flood((0..<1000).flatMap { Message.parameterStatus("p\($0 % 20)", "\($0)") })
                case (.noParse, .parse): return .bytes([])
                case (.garbage, .execute): return .bytes((0..<4096).map { UInt8(truncatingIfNeeded: $0 * 7) })
                case (.greetingOfGarbage, .startup): return .bytes((0..<4096).map { _ in 0xfe })
                case (.endlessGreeting, .startup):
                    return .flood((0..<1000).flatMap { _ in Message.parameterStatus("p", "v") })
                case (.endlessAuthentication, .startup):
                    return .flood(Message.message("R", Message.int32(5) + [1, 2, 3, 4]))
                case (.authenticationUnknown, .startup):
                    return .bytes(Message.message("R", Message.int32(99)))
                default: return nil
                }
            }

            /// Whether it concerns connections that are new.
            var isOfGreeting: Bool {
                switch self {
                case .noParse, .giantErrorWhenPreparing, .greetingOfGarbage, .endlessGreeting,
                    .endlessAuthentication,
                    .authenticationUnknown:
                    true
                default: false
                }
            }
        }

        private static let parameters = [
            "pool_size": "2", "lookup_timeout": "4s", "query_timeout": "2s", "connect_timeout": "2s",
        ]

        private func table(_ directory: TemporaryDirectory, _ name: String, host: String) throws -> String {
            let text = """
                hosts = \(host)
                user = someone
                password = secret
                dbname = \(name)
                retry_interval = 1s
                query = SELECT value FROM anywhere WHERE key = '%s'

                """
            return "pgsql:\(try directory.write("\(name).cf", text))"
        }

        @Test(
            "Right answers and temporary failures only, little memory, no spinning, and recovery",
            arguments: Hostility.allCases)
        func hostile(_ hostility: Hostility) throws {
            let (server, neighbour) = (try FakePostgres(), try FakePostgres())
            let directory = try TemporaryDirectory()
            let mapmux = try MapmuxProcess(
                maps: [
                    try table(directory, "hostile", host: server.host),
                    try table(directory, "neighbour", host: neighbour.host),
                ], parameters: Self.parameters)
            try mapmux.start()
            let client = try mapmux.client()
            for map in ["hostile", "neighbour"] {
                try waitUntil("a value of \(map) arrives: \(mapmux.log())") {
                    try client.lookup(map, "a") == .ok("value of a")
                }
            }

            server.behave { request, _ in
                switch request {
                case .execute(let key):
                    return key.hasSuffix("0") ? hostility.reply(request, "value of \(key)") : nil
                default: return hostility.reply(request, "value of nobody")
                }
            }
            if hostility.isOfGreeting { server.cut() }
            let other = try mapmux.client()
            for round in 0..<3 {
                let keys = (0..<hostility.lookupsAtOnce).map { "\(round)-\($0)" }
                try client.send(keys.flatMap { SocketmapClient.request("hostile", Array($0.utf8)) })
                // The neighbour is served all the while.
                #expect(try other.lookup("neighbour", "b\(round)") == .ok("value of b\(round)"))
                for key in keys {
                    let reply = try client.readReply()
                    // So many columns are a value, as in stock Postfix, if they come with what describes them.
                    let isRow =
                        hostility == .thousandsOfColumns
                        && reply == .ok(Array("x".utf8 + (1..<30_000).flatMap { _ in ",x".utf8 }))
                    #expect(
                        reply.isTemporary || reply == .ok("value of \(key)") || isRow,
                        "\(key): \(reply) \(mapmux.log().suffix(2000))")
                }
            }
            #expect(try mapmux.peakMemory() < 400 << 20)
            try waitUntil("it has nothing to do any more: \(mapmux.log().suffix(2000))") {
                try mapmux.processorTime(during: 1) < 0.5
            }

            #expect(mapmux.log().utf8.count < 1 << 20, "\(mapmux.log().prefix(2000))")

            server.behave(nil)
            try waitUntil("all is well again: \(mapmux.log().suffix(2000))") {
                try (0..<10).allSatisfy {
                    try client.lookup("hostile", "c\($0)") == .ok("value of c\($0)")
                }
            }
            #expect(mapmux.isRunning)
        }
    }
}
