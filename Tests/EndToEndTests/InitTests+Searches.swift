// What `mapmux init` writes of Postfix's searches, and what `mapmux check` finds when main.cf changes after that.

import Foundation
import Testing
import ThrowawayServers

extension EndToEnd.InitTests {
    /// Tables in searches of each kind, and facts that are none of Postfix's defaults.
    private func searching() throws -> TemporaryDirectory {
        let directory = try postfix()
        try directory.write(
            "main.cf",
            """
            compatibility_level = 3.6
            queue_directory = \(directory.path)/queue
            data_directory = \(directory.path)/data
            sql = pgsql:$config_directory
            myhostname = mx.example
            myorigin = Here.example
            mydestination = $myhostname, \(directory.path)/destinations, !not.example, not.example
            inet_interfaces = 127.0.0.1, [::1]
            recipient_delimiter = +
            propagate_unmatched_extensions = generic
            virtual_transport = lmtp:unix:private/lmtp
            virtual_alias_maps = $sql/aliases.cf, proxy:$sql/boxes.cf
            virtual_mailbox_maps = $sql/busy.cf
            virtual_mailbox_domains = $sql/domains.cf
            transport_maps = $sql/one.cf
            relay_domains = $sql/two.cf
            smtpd_restriction_classes = gated
            gated = check_sender_access $sql/from.cf, reject
            smtpd_recipient_restrictions = check_helo_access $sql/helo.cf, gated, reject

            """)
        try directory.write("destinations", "# own\nlocal.example\n")
        return directory
    }

    private func codes(_ directory: TemporaryDirectory) throws -> [String: String] {
        let check = try MapmuxProcess.run([
            "check", "-c", "\(directory.path)/mapmux.conf", "--postfix", directory.path, "--json",
        ])
        let object = try JSONSerialization.jsonObject(with: Data(check.stdout)) as? [String: Any]
        var codes: [String: String] = [:]
        for problem in object?["problems"] as? [[String: Any]] ?? []
        where problem["file"] as? String == "\(directory.path)/main.cf" {
            codes[problem["code"] as? String ?? ""] = problem["severity"] as? String
        }
        return codes
    }

    @Test("Each map has its searches, main.cf's facts are copied, and check finds when they drift")
    func searches() throws {
        let directory = try searching()
        let file = "\(directory.path)/mapmux.conf"
        let made = try initialize(directory, ["--write", file])
        #expect(made.status == 0, "\(made.stderr)")
        let text = String(decoding: try readFile(file), as: UTF8.self)
        let path = "pgsql:\(directory.path)"
        for lines in [
            "    aliases={\(path)/aliases.cf \(path)/boxes.cf}\n",
            """

            recipient_delimiter = +
            propagate_unmatched_extensions = generic
            local_domains = Here.example, mx.example, local.example, [127.0.0.1], [IPv6:::1]

            """, "\nread_ahead = 50ms\n",
        ] {
            #expect(text.contains(lines), "\(text)")
        }
        let entries = text.split(separator: "\n").drop { $0 != "map_parameters =" }.dropFirst().prefix {
            $0.hasPrefix(" ")
        }
        #expect(
            Set(entries) == [
                "    aliases=virtual_alias_maps", "    busy=virtual_mailbox_maps",
                "    domains=virtual_mailbox_domains", "    one=transport_maps", "    two=relay_domains",
                "    from=check_sender_access", "    helo=check_helo_access", "    sasl=check_sasl_access",
            ], "\(text)")
        let keys = try MapmuxProcess.run(["keys", "-c", file, "virtual_alias_maps", "a+b@here.example"])
        #expect(keys.text == "a+b@here.example\na@here.example\na+b\na\n@here.example\n", "\(keys)")

        #expect(try codes(directory) == ["unused-map": "note"])
        try perform(initialize(directory, ["--write", file, "--socketmap"])) { $0.contains("socketmap") }
        let place = "socketmap:unix:private/mapmux-socketmap"
        for (parameter, value) in [
            ("virtual_alias_maps", "\(place):aliases"), ("virtual_mailbox_maps", "\(place):busy"),
            ("transport_maps", "\(place):one"), ("relay_domains", "\(place):two"),
            ("gated", "check_sender_access \(place):from, reject"),
        ] {
            #expect(try postconf(directory, ["-x", "-h", parameter]) == "\(value)\n")
        }
        #expect(try codes(directory) == ["no-socket": "error"])
        let again = try initialize(directory, ["--write", file])
        #expect(again.text.contains("nothing is to be changed"), "\(again.text) \(again.stderr)")

        for (change, back, expected) in [
            ("recipient_delimiter = -", "recipient_delimiter = +", ["differing-fact": "error"]),
            (
                "mydestination = hash:/etc/d", "mydestination = mx.example, local.example",
                ["unlisted-domains": "error", "differing-fact": "error"]
            ),
            (
                "canonical_maps = \(place):one, hash:/etc/x", "canonical_maps =",
                ["other-search": "error"]
            ),
            (
                "virtual_alias_maps = \(place):aliases, hash:/etc/x",
                "virtual_alias_maps = \(place):aliases", ["split-search": "error"]
            ),
            ("virtual_transport = virtual", "virtual_transport = lmtp:x", ["refused-socketmap": "error"]),
            (
                "relay_domains = \(place):domains", "relay_domains = \(place):two",
                ["not-searched": "warning", "unused-map": "note"]
            ),
        ] {
            _ = try postconf(directory, ["-e", change])
            #expect(try codes(directory) == expected.merging(["no-socket": "error"]) { $1 }, "\(change)")
            _ = try postconf(directory, ["-e", back])
            #expect(try codes(directory) == ["no-socket": "error"], "\(back)")
        }
    }

    @Test("An existing configuration gets the searches that it lacks, and what differs is told")
    func addedSearches() throws {
        let directory = try searching()
        let file = try directory.write(
            "mapmux.conf",
            """
            maps = mine=pgsql:\(directory.path)/one.cf
            recipient_delimiter = -

            """)
        let made = try initialize(directory, ["--write", file, "--force"])
        #expect(made.status == 0)
        #expect(
            made.stderr.contains("\(file):2: found recipient_delimiter = -, which stays; expected +"),
            "\(made.stderr)")
        let text = String(decoding: try readFile(file), as: UTF8.self)
        #expect(
            text.contains("\n    mine=transport_maps\n") && text.contains("\nlocal_domains = Here.example, "))
        #expect(try codes(directory)["differing-fact"] == "warning", "\(text)")
    }
}
