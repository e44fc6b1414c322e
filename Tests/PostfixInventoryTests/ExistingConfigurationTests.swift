// What is added to a mapmux.conf that is there already.

import LookupTables
import Testing

@testable import PostfixInventory

@Suite("A configuration that is there already")
struct ExistingConfigurationTests {
    private func add(
        _ text: String, _ parameters: [String], version: String = "3.8.1"
    ) throws -> ExistingConfiguration.Addition {
        var diagnostics: [Diagnostic] = []
        let existing = try #require(
            ExistingConfiguration(path: "m.conf", contents: Array(text.utf8), diagnostics: &diagnostics))
        var postfix = Postfix(parameters: parameters, version: version)
        postfix.maps = existing.maps
        return existing.adding(postfix.inventory(), socketGroup: "postfix")
    }

    private func text(_ addition: ExistingConfiguration.Addition) -> String {
        String(decoding: addition.contents, as: UTF8.self)
    }

    private static let complete = "proxymap_listen = unix:/a\nproxymap_relay = unix:/b\n"

    @Test("Tables go behind the maps that are there, whatever follows, under names of their own")
    func maps() throws {
        let addition = try add(
            "maps = a=pgsql:/1.cf,\n\n  # one\n  pgsql:/2.cf\n# two\n\n\(Self.complete)",
            ["relay_domains = pgsql:/1.cf pgsql:/2.cf pgsql:/x/a.cf", "transport_maps = pgsql:/3.cf"])
        #expect(
            text(addition)
                == "maps = a=pgsql:/1.cf,\n\n  # one\n  pgsql:/2.cf\n"
                + "    # relay_domains\n    x-a=pgsql:/x/a.cf\n    # transport_maps\n    pgsql:/3.cf\n"
                + "# two\n\n\(Self.complete)")
        #expect(
            addition.diff == [
                "@@ -4,0 +5,4 @@", "+    # relay_domains", "+    x-a=pgsql:/x/a.cf", "+    # transport_maps",
                "+    pgsql:/3.cf",
            ])
        #expect(addition.remarks == [])
    }

    @Test("What is added is not added again")
    func twice() throws {
        let parameters = ["relay_domains = pgsql:/1.cf"]
        let first = try add("pool_size = 2", parameters, version: "3.5.1")
        for line in [
            "pool_size = 2", "    pgsql:/1.cf", "proxymap_greeting = no", "default_encoding = LATIN1",
        ] {
            #expect(text(first).contains("\(line)\n"), "\(text(first))")
        }
        let second = try add(text(first), parameters, version: "3.5.1")
        #expect(second.contents == first.contents && second.diff == [] && second.remarks == [])
    }

    @Test("Lines may end as those of DOS do")
    func carriageReturns() throws {
        let addition = try add(
            "# a\r\n# b\r\nmaps = pgsql:/1.cf\r\n\r\n  pgsql:/2.cf\r\npool_size = 3\r\nproxymap_listen = unix:/a\r\n"
                + "proxymap_relay = unix:/b\r\n",
            ["relay_domains = pgsql:/1.cf pgsql:/2.cf pgsql:/3.cf"])
        #expect(
            text(addition)
                == "# a\r\n# b\r\nmaps = pgsql:/1.cf\r\n\r\n  pgsql:/2.cf\r\n    # relay_domains\n    pgsql:/3.cf\n"
                + "pool_size = 3\r\nproxymap_listen = unix:/a\r\nproxymap_relay = unix:/b\r\n")
        #expect(addition.diff.first == "@@ -5,0 +6,2 @@")
    }

    @Test("A comment may be in any encoding, and stays as it is")
    func otherEncoding() throws {
        let comment = Array("# gr".utf8) + [0xFC, 0xDF] + Array("e\n".utf8)
        let contents = comment + Array("maps = pgsql:/1.cf\n\(Self.complete)".utf8)
        var diagnostics: [Diagnostic] = []
        let existing = try #require(
            ExistingConfiguration(path: "m.conf", contents: contents, diagnostics: &diagnostics))
        var postfix = Postfix(parameters: ["relay_domains = pgsql:/1.cf pgsql:/2.cf"], version: "3.8.1")
        postfix.maps = existing.maps
        let addition = existing.adding(postfix.inventory(), socketGroup: "postfix")
        let new = Array("maps = pgsql:/1.cf\n    # relay_domains\n    pgsql:/2.cf\n\(Self.complete)".utf8)
        #expect(addition.contents == comment + new)
    }

    @Test("A setting that does not suit this Postfix stays, and is told of")
    func remarks() throws {
        let addition = try add(
            "maps = pgsql:/1.cf\n\(Self.complete)default_encoding = UTF8\n", ["relay_domains = pgsql:/1.cf"],
            version: "3.7.1")
        #expect(addition.diff == [])
        #expect(
            addition.remarks == [
                "m.conf:4: found default_encoding = UTF8, which stays; expected LATIN1 for Postfix 3.7.1"
            ])
    }

    @Test("A file with errors is none")
    func broken() {
        var diagnostics: [Diagnostic] = []
        let contents = Array("mine\n".utf8)
        #expect(ExistingConfiguration(path: "m.conf", contents: contents, diagnostics: &diagnostics) == nil)
        #expect(diagnostics.count == 1)
    }
}
