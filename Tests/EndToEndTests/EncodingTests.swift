// Encodings in which a byte of ASCII may be a part of another character, whose statements are for one key each.

import LookupStatistics
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Encodings of clients only", .serialized)
    struct EncodingTests {
        /// Text whose last byte, in UTF-8, begins a character of the encoding that a backslash ends.
        private static let beginnings = [
            "SJIS": "\u{3055}", "GBK": "\u{3055}", "BIG5": "\u{3a71}", "UTF8": "\u{3055}",
        ]

        @Test(
            "A key whose last byte takes up a backslash moves no other key's answer",
            arguments: beginnings.keys.sorted())
        func backslash(encoding: String) throws {
            let scene = try Scene()
            let table = try scene.table(
                "addresses", query: "SELECT goto FROM addresses WHERE address = '%s'",
                more: "encoding = \(encoding)")
            let mapmux = try MapmuxProcess(
                maps: [table],
                parameters: [
                    "batch_statements": "always", "map_trust": "addresses", "pool_size": "1",
                    "fold_keys": "no",
                ])
            try mapmux.start()
            try waitForValue(mapmux)
            let client = try mapmux.client()
            let beginning = try #require(Self.beginnings[encoding])
            // Were each character's second byte taken for an escape, the second key would be two elements of the array.
            let keys = ["\(beginning)\\", ",x,\(beginning)\\", "user1@example.com", "nobody@example.com"]
            let own = SocketmapReply.ok("box1@store.example.net")
            for _ in 0..<20 {
                try client.send(keys.flatMap { SocketmapClient.request("addresses", Array($0.utf8)) })
                let replies = try keys.map { _ in try client.readReply() }
                #expect(replies[2] == own && replies[3] == .notFound, "\(replies)")
                // A server may have no character for those bytes.
                #expect(replies[..<2].allSatisfy { $0 == .notFound || $0.isTemporary }, "\(replies)")
            }
            let batches = try mapmux.statistics().targets[0].batches.sum
            #expect((batches > 0) == (encoding == "UTF8"), "\(batches) \(mapmux.log())")
        }
    }
}
