// Mail is answered and delivered as stock Postfix does it, which searches its tables step by step.

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
    }
}
