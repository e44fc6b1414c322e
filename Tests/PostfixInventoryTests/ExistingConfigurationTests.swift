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
        postfix.places = existing.places(for: .proxymap)
        return existing.adding(postfix.inventory(), socketGroup: "postfix")
    }

    private func text(_ addition: ExistingConfiguration.Addition) -> String {
        String(decoding: addition.contents, as: UTF8.self)
    }

    private static let complete =
        "proxymap_listen = unix:/var/spool/postfix/private/mapmux\nproxymap_relay = unix:/b\n"
        + "map_parameters = a=relay_domains 1=relay_domains\n"

    @Test("Tables go behind the maps that are there, whatever follows, under names of their own")
    func maps() throws {
        let addition = try add(
            "maps = a=pgsql:/1.cf,\n\n  # one\n  pgsql:/2.cf\n# two\n\n\(Self.complete)",
            ["relay_domains = pgsql:/1.cf pgsql:/2.cf pgsql:/x/a.cf", "transport_maps = pgsql:/3.cf"])
        #expect(
            text(addition)
                == "maps = a=pgsql:/1.cf,\n\n  # one\n  pgsql:/2.cf\n"
                + "    # relay_domains\n    x-a=pgsql:/x/a.cf\n    # transport_maps\n    pgsql:/3.cf\n"
                + "# two\n\n\(Self.complete)    2=relay_domains\n    x-a=relay_domains\n    3=transport_maps\n"
        )
        #expect(
            addition.diff == [
                "@@ -4,0 +5,4 @@", "+    # relay_domains", "+    x-a=pgsql:/x/a.cf", "+    # transport_maps",
                "+    pgsql:/3.cf", "@@ -9,0 +14,3 @@", "+    2=relay_domains", "+    x-a=relay_domains",
                "+    3=transport_maps",
            ])
        #expect(addition.remarks == [])
    }

    @Test("What is added is not added again")
    func twice() throws {
        let parameters = ["relay_domains = pgsql:/1.cf"]
        let first = try add("pool_size = 2", parameters, version: "3.5.1")
        for line in [
            "pool_size = 2", "    pgsql:/1.cf", "map_parameters =\n    1=relay_domains\nread_ahead = 50ms",
            "proxymap_greeting = no", "default_encoding = LATIN1",
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
                + "proxymap_relay = unix:/b\r\nmap_parameters = 1=relay_domains 2=relay_domains\r\n",
            ["relay_domains = pgsql:/1.cf pgsql:/2.cf pgsql:/3.cf"])
        #expect(
            text(addition)
                == "# a\r\n# b\r\nmaps = pgsql:/1.cf\r\n\r\n  pgsql:/2.cf\r\n    # relay_domains\n    pgsql:/3.cf\n"
                + "pool_size = 3\r\nproxymap_listen = unix:/a\r\nproxymap_relay = unix:/b\r\n"
                + "map_parameters = 1=relay_domains 2=relay_domains\r\n    3=relay_domains\n")
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
        let new = Array(
            "maps = pgsql:/1.cf\n    # relay_domains\n    pgsql:/2.cf\n\(Self.complete)    2=relay_domains\n"
                .utf8)
        #expect(addition.contents == comment + new)
    }

    /// What is printed for a configuration that is there: remarks and commands.
    private func advice(
        _ text: String, _ parameters: [String], _ way: WayIn = .proxymap
    ) throws -> (remarks: [String], diff: [String], commands: [String]) {
        var diagnostics: [Diagnostic] = []
        let existing = try #require(
            ExistingConfiguration(path: "m.conf", contents: Array(text.utf8), diagnostics: &diagnostics))
        let postfix = Postfix(parameters: parameters, maps: existing.maps, places: existing.places(for: way))
        let inventory = postfix.inventory()
        let steps = inventory.steps(way, configurationDirectory: nil, hasUnits: true)
        let addition = existing.adding(inventory, socketGroup: "postfix", way: way)
        return (
            addition.remarks, addition.diff,
            steps.compactMap { if case .command(let text) = $0 { text } else { nil } }
        )
    }

    @Test("Postfix is told of the sockets that it has in private/, and after that there is no more to do")
    func ownNames() throws {
        let common =
            "maps = pgsql:/1.cf\nmap_parameters = 1=relay_domains\ndefault_encoding = LATIN1\nproxymap_relay = unix:/b\n"
        let own =
            common
            + "proxymap_listen = { unix:/var/spool/postfix-in/private/in, relay = unix:/var/spool/postfix/private/no }\n"
            + "    unix:/var/spool/postfix/private/pgmux\nsocketmap_listen = unix:/s, unix:/var/spool/postfix/private/pgsm\n"
        let first = try advice(own, ["relay_domains = proxy:pgsql:/1.cf"])
        #expect(first.remarks == [])
        #expect(
            first.commands == [
                "systemctl enable --now mapmux.service", "postconf -e 'proxymap_service_name = pgmux'",
                "postfix reload",
            ])
        let second = try advice(
            own, ["relay_domains = proxy:pgsql:/1.cf", "proxymap_service_name = pgmux"])
        #expect(second.remarks == [] && second.commands == [])
        let socketmap = try advice(own, ["relay_domains = pgsql:/1.cf"], .socketmap)
        #expect(socketmap.remarks == [])
        #expect(
            socketmap.commands.contains(
                "postconf -e 'relay_domains = socketmap:unix:private/pgsm:1'"),
            "\(socketmap.commands)")
    }

    @Test("Where it listens for socketmap by default only, the place that Postfix finds is added to that")
    func addedSocketmap() throws {
        let own = "maps = 1=pgsql:/1.cf\nproxymap_listen = unix:/var/spool/postfix/private/mapmux\n"
        let line =
            "socketmap_listen = unix:/run/mapmux/socketmap unix:/var/spool/postfix/private/mapmux-socketmap"
        let parameters = ["virtual_mailbox_domains = pgsql:/1.cf"]
        let advice = try advice(own, parameters, .socketmap)
        #expect(advice.remarks == [] && advice.diff.contains("+" + line), "\(advice.diff)")
        #expect(
            advice.commands.contains(
                "postconf -e 'virtual_mailbox_domains = socketmap:unix:private/mapmux-socketmap:1'"),
            "\(advice.commands)")
        let again = try self.advice(own + line + "\n", parameters, .socketmap)
        #expect(again.commands == advice.commands && !again.diff.joined().contains("socketmap_listen"))
        #expect(try !self.advice(own, parameters).diff.joined().contains("socketmap_listen"))
    }

    @Test(
        "Where it listens nowhere that Postfix finds, that is told, and no command is printed",
        arguments: [
            (
                "proxymap_listen =\n", WayIn.proxymap,
                "m.conf:1: found an empty proxymap_listen, which stays; expected unix:/var/spool/postfix/private/mapmux"
            ),
            (
                "proxymap_listen = unix:/run/p\n", .proxymap,
                "m.conf:1: found proxymap_listen = unix:/run/p, which stays; expected unix:/var/spool/postfix/private/mapmux"
            ),
            (
                "socketmap_listen = unix:/run/s\n", .socketmap,
                "m.conf:1: found socketmap_listen = unix:/run/s, which stays; expected unix:/var/spool/postfix/private/mapmux-socketmap"
            ),
        ])
    func nowhere(_ listen: String, _ way: WayIn, _ remark: String) throws {
        let advice = try advice(
            "\(listen)maps = pgsql:/1.cf\ndefault_encoding = LATIN1\nproxymap_relay = unix:/b\n",
            ["virtual_mailbox_domains = pgsql:/1.cf"], way)
        #expect(advice.remarks == ["\(remark) in it, where Postfix finds it"])
        #expect(advice.commands == [])
    }

    @Test("An instance gets the control socket that its unit's reload needs")
    func instance() throws {
        let addition = try add(
            "maps = pgsql:/1.cf\n\(Self.complete)",
            ["relay_domains = pgsql:/1.cf", "queue_directory = /var/spool/postfix-out"])
        #expect(addition.diff.last == "+control_socket = unix:/run/mapmux-out/control")
        let other = try add("maps = pgsql:/1.cf\n\(Self.complete)", ["relay_domains = pgsql:/1.cf"])
        #expect(other.diff == [])
    }

    @Test("A setting that does not suit this Postfix stays, and is told of")
    func remarks() throws {
        let addition = try add(
            "maps = pgsql:/1.cf\n\(Self.complete)default_encoding = UTF8\n", ["relay_domains = pgsql:/1.cf"],
            version: "3.7.1")
        #expect(addition.diff == [])
        #expect(
            addition.remarks == [
                "m.conf:5: found default_encoding = UTF8, which stays; expected LATIN1 for Postfix 3.7.1"
            ])
    }

    @Test("Sockets with a relay of their own need no other; that of this Postfix is missed")
    func instances() throws {
        let spool = "/var/spool/postfix"
        func remarks(_ sockets: String) throws -> [String] {
            let addition = try add(
                "maps = pgsql:/1.cf\nproxymap_listen = \(sockets)\nmap_parameters = 1=relay_domains\n",
                ["relay_domains = pgsql:/1.cf"])
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
                    "expected unix:\(spool)/private/mapmux in it, where Postfix finds it")
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
