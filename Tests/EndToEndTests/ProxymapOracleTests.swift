// The corpus once more, the way Postfix itself asks: through proxy: and the service behind it.

import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Against stock Postfix, through proxy:", .serialized)
    struct ProxymapOracleTests {
        /// A Postfix, not started on any mail, whose tables are the corpus's.
        ///
        /// - Parameter readAhead: how long mapmux keeps what it has read ahead; every table is one of mailboxes to it.
        private func server(
            _ service: ProxymapService, _ oracle: Oracle, readAhead: String = "0"
        ) throws -> MailServer {
            let tables = oracle.corpus.files.map { "pgsql:\($0.path)" }
            return try MailServer(
                service, tables: tables,
                main: [
                    "proxy_read_maps": tables.map { "proxy:\($0)" }.joined(separator: ", "),
                    // One process then holds a connection for each table, which is many enough.
                    "default_process_limit": "1",
                ],
                parameters: [
                    "read_ahead": readAhead, "recipient_delimiter": "+",
                    "map_parameters": oracle.corpus.files.map { "\($0.name)=virtual_mailbox_maps" }
                        .joined(separator: " "),
                ])
        }

        @Test(
            "postmap gets through the service what it gets from the file itself",
            arguments: [(ProxymapService.own, "0"), (.mapmux, "0"), (.mapmux, "50ms")])
        func corpus(_ service: ProxymapService, readAhead: String) throws {
            let oracle = try Oracle.shared.get()
            let server = try server(service, oracle, readAhead: readAhead)
            let postmap = server.postfix.configuration
            var comparison = Comparison()

            func compareWhatDoesNotFail() throws {
                for (file, answers) in zip(oracle.corpus.files, oracle.answers) {
                    // postmap dies at the first failure.
                    let asked = zip(file.keys, answers).filter { !$0.1.isFailure }
                    let table = "proxy:pgsql:\(file.path)"
                    guard let got = try postmap.postmap(queryAll: asked.map(\.0), table: table) else {
                        Issue.record(
                            "\(file.name): postmap failed for a key that does not fail \(server.logs())")
                        continue
                    }
                    for ((key, expected), got) in zip(asked, got) {
                        comparison.expect(
                            Pair(file: file.name, key: key), expected, got: describe(got),
                            equal: got == expected)
                    }
                }
            }

            try compareWhatDoesNotFail()
            // Postfix's own service fails every other key for a minute after one that failed: one a table will do.
            let limit =
                switch service {
                case .own: 1
                case .mapmux: Int.max
                }
            let failing = zip(oracle.corpus.files, oracle.answers).map { file, answers in
                let keys = zip(file.keys, answers).filter { $0.1.isFailure }.map(\.0)
                return (table: "proxy:pgsql:\(file.path)", keys: Array(keys.prefix(limit)))
            }.filter { !$0.keys.isEmpty }
            for (question, answers) in zip(failing, try postmap.answers(failing)) {
                for (key, got) in zip(question.keys, answers) {
                    comparison.expect(
                        Pair(file: question.table, key: key), .failed("as the file itself"),
                        got: describe(got), equal: got.isFailure)
                }
            }
            switch service {
            case .own: break
            case .mapmux: try compareWhatDoesNotFail()
            }
            comparison.report()
            #expect(comparison.compared >= 1500)
        }

        @Test(
            "A table that nobody may read is refused, and the client says so",
            arguments: ProxymapService.allCases)
        func unapproved(_ service: ProxymapService) throws {
            let oracle = try Oracle.shared.get()
            let server = try server(service, oracle)
            let directory = try TemporaryDirectory()
            let table = try directory.write("secret", "key value\n")
            let answer = try server.postfix.configuration.postmap(
                query: Array("key".utf8), table: "proxy:texthash:\(table)")
            guard case .failed(let reason) = answer else {
                Issue.record("the table was read: \(answer)")
                return
            }
            #expect(reason.contains("is not configured for table"), "\(reason)")
            // The service is as it was.
            let file = oracle.corpus.files[0]
            let known = try server.postfix.configuration.postmap(
                queryAll: Array(file.keys.prefix(1)), table: "proxy:pgsql:\(file.path)")
            #expect(known == Array(oracle.answers[0].prefix(1)))
        }
    }
}
