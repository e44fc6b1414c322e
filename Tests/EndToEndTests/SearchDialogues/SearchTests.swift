// Mail is answered and delivered alike, whether Postfix searches its tables or has mapmux search them.

import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Searches, against stock Postfix", .serialized)
    struct SearchTests {
        private static let site = Result { try SearchSite.make() }
        /// What stock Postfix says and does under each setting.
        private static let stock = Result {
            let site = try Self.site.get()
            return try Dictionary(
                uniqueKeysWithValues: SiteSetting.allCases.map {
                    ($0, try SearchRecord(.stock, $0, site: site))
                })
        }

        @Test("Stock Postfix answers the dialogues with every kind of reply, and differently by each setting")
        func expectations() throws {
            #expect(SearchDialogues.all.count >= 60)
            let stock = try Self.stock.get()
            // Each row of an access table that can be found is, and no other.
            var said: Set<String> = []
            for record in stock.values {
                let text = (record.replies + record.failures).joined(separator: "\n")
                for line in text.split(separator: "\n") {
                    said.insert(String(line.split(separator: " ").last ?? ""))
                }
            }
            let expected = Set(SearchRows.refusals).subtracting(SearchRows.unreachable)
            #expect(expected.subtracting(said).isEmpty)
            #expect(said.isDisjoint(with: SearchRows.unreachable))
            for (setting, record) in stock {
                for reply in ["250 2.1.5", "550 5.1.1", "550 5.1.6", "554 5.7.1", "553 5.7.1", "459 <"] {
                    #expect(record.replies.contains { $0.contains("    \(reply)") }, "\(setting): \(reply)")
                }
                #expect(record.deliveries.count > 60, "\(setting)")
                #expect(record.deliveries.count == record.mails.count)
            }
            for record in stock.values {
                #expect(stock.values.count { $0.replies == record.replies } == 1)
                #expect(stock.values.count { $0.deliveries == record.deliveries } == 1)
            }
        }

        @Test(
            "Every reply and every delivery is the same, whoever searches",
            arguments: [SearchWay.socketmap, .readAhead], SiteSetting.allCases)
        func comparison(_ way: SearchWay, _ setting: SiteSetting) throws {
            let stock = try #require(try Self.stock.get()[setting])
            let got = try SearchRecord(way, setting, site: Self.site.get())
            expectEqual(stock.replies, got.replies, "replies", got.logs)
            expectEqual(stock.deliveries, got.deliveries, "deliveries", got.logs)
            expectEqual(stock.mails, got.mails, "mails", got.logs)
            expectEqual(stock.failures, got.failures, "replies to what fails", got.logs)
        }

        /// Shows what only one of them has.
        private func expectEqual(_ stock: [String], _ got: [String], _ what: String, _ logs: String) {
            guard stock != got else { return }
            let differences = got.difference(from: stock).map { change in
                switch change {
                case .remove(_, let text, _): "stock: \(text)"
                case .insert(_, let text, _): "mapmux: \(text)"
                }
            }
            Issue.record("\(what) differ:\n\(differences.joined(separator: "\n"))\n\(logs)")
        }
    }
}
