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

    private static let complete =
        "proxymap_listen = unix:/var/spool/postfix/private/mapmux\nproxymap_relay = unix:/b\n"

    @Test("Tables go behind the maps that are there, whatever follows, under names of their own")
    func maps() throws {
        let addition = try add(
            "maps = a=pgsql:/1.cf,\n\n  # one\n  pgsql:/2.cf\n# two\n\n\(Self.complete)",
            ["relay_domains = pgsql:/1.cf pgsql:/2.cf pgsql:/x/a.cf", "transport_maps = pgsql:/3.cf"])
        #expect(
            addition.text
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
            #expect(first.text.contains("\(line)\n"), "\(first.text)")
        }
        let second = try add(first.text, parameters, version: "3.5.1")
        #expect(second.text == first.text && second.diff == [] && second.remarks == [])
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

    @Test("Sockets with a relay of their own need no other; that of this Postfix is missed")
    func instances() throws {
        let spool = "/var/spool/postfix"
        func remarks(_ sockets: String) throws -> [String] {
            let addition = try add(
                "maps = pgsql:/1.cf\nproxymap_listen = \(sockets)\n", ["relay_domains = pgsql:/1.cf"])
            #expect(addition.diff == [])
            return addition.remarks
        }
        let own = "{ unix:\(spool)/private/mapmux, relay = unix:\(spool)/private/proxymap, greeting = no }"
        let other = "{ unix:\(spool)-out/private/mapmux, relay = unix:\(spool)-out/private/proxymap }"
        #expect(try remarks("\(other) \(own)") == [])
        let missing = try remarks(other)
        #expect(
            missing.count == 1 && missing[0].hasPrefix("m.conf:2: found proxymap_listen = ")
                && missing[0].hasSuffix(
                    "expected unix:\(spool)/private/mapmux in it, for the Postfix of /etc/postfix")
        )
    }

    @Test("A file with errors is none")
    func broken() {
        var diagnostics: [Diagnostic] = []
        let contents = Array("mine\n".utf8)
        #expect(ExistingConfiguration(path: "m.conf", contents: contents, diagnostics: &diagnostics) == nil)
        #expect(diagnostics.count == 1)
    }
}
