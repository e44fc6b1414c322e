// Where a search that mapmux makes, or does not make, would come to other answers than Postfix's.

import Testing

@testable import PostfixInventory

@Suite("Searches compared")
struct SearchComparisonTests {
    private static let place = "socketmap:unix:private/mapmux-socketmap"

    /// - Parameter maps: each with its parameters; its table is `/NAME.cf`.
    private func compare(
        _ parameters: [String], _ maps: [(String, [String])], facts: [String: String] = [:],
        overrides: [String] = [], expanded: [String] = [], interfaces: [String] = []
    ) -> [Mismatch] {
        let postfix = Postfix(
            parameters: parameters, expanded: ["proxymap_service_name = mapmux"] + expanded,
            overrides: overrides, interfaces: interfaces)
        let spool = "/var/spool/postfix/private"
        return PostfixComparison(
            postfix.inventory(),
            .init(
                maps: maps.map { ListedMap(name: $0, tables: ["/\($0).cf"], parameters: $1) }, facts: facts,
                proxymapListen: [("\(spool)/mapmux", nil)], socketmapListen: ["\(spool)/mapmux-socketmap"],
                relay: nil),
            isSocket: { _ in true }
        ).mismatches.filter { $0.code != .unusedMap }
    }

    @Test("What is searched as Postfix would is told of by nothing")
    func fitting() {
        let mismatches = compare(
            [
                "virtual_alias_maps = regexp:/x \(Self.place):a",
                "smtpd_data_restrictions = "
                    + "check_client_access \(Self.place):c check_sasl_access \(Self.place):s",
                "relay_domains = \(Self.place):r, \(Self.place):q hash:/x",
                "transport_maps = proxy:pgsql:/t.cf",
                "recipient_delimiter = +", "mydestination = localhost",
            ],
            [
                ("a", ["virtual_alias_maps"]), ("c", ["check_client_access"]), ("s", []),
                ("r", ["relay_domains"]), ("q", ["relay_domains"]), ("t", ["transport_maps"]),
            ], facts: ["recipient_delimiter": "+", "local_domains": "LOCALHOST"],
            expanded: ["virtual_alias_domains = regexp:/x \(Self.place):a"])
        #expect(mismatches == [])
    }

    @Test("A fact that differs is an error if a socketmap's answers depend on it, else a warning, or nothing")
    func facts() throws {
        let parameters = ["recipient_delimiter = +", "owner_request_special = yes"]
        func severities(_ lines: [String], _ maps: [(String, [String])]) -> [Mismatch.Severity] {
            let mismatches = compare(parameters + lines, maps, facts: ["recipient_delimiter": "-"])
            #expect(mismatches.allSatisfy { $0.code == .differingFact })
            return mismatches.map(\.severity)
        }
        #expect(severities(["canonical_maps = \(Self.place):a"], [("a", ["canonical_maps"])]) == [.error])
        #expect(severities(["canonical_maps = proxy:pgsql:/a.cf"], [("a", ["canonical_maps"])]) == [.warning])
        #expect(severities(["relay_domains = \(Self.place):a"], [("a", ["relay_domains"])]) == [])
        let message = try #require(
            compare(
                parameters + ["transport_maps = \(Self.place):a"], [("a", ["transport_maps"])],
                facts: ["recipient_delimiter": ""]
            ).first?.message)
        #expect(
            message.hasPrefix(
                "found recipient_delimiter = +, and an empty value for that in mapmux.conf; expected"))
    }

    @Test(
        "virtual_alias_domains is empty here and there, or not, if virtual_alias_maps is served",
        arguments: [
            ("", nil, Mismatch.Severity.note), ("", "", nil), ("", "$virtual_alias_maps", .note),
            ("a.test", nil, nil), ("a.test", "b.test", nil), ("a.test", "", .error), ("a.test", " ", .error),
        ] as [(String, String?, Mismatch.Severity?)])
    func virtualAliasDomains(found: String, served: String?, severity: Mismatch.Severity?) {
        func severities(_ parameter: String, _ others: [String: String]) -> [Mismatch.Severity] {
            let mismatches = compare(
                ["\(parameter) = proxy:pgsql:/a.cf", "virtual_alias_domains = \(found)"],
                [("a", [parameter])],
                facts: others.merging(served.map { ["virtual_alias_domains": $0] } ?? [:]) { $1 })
            #expect(mismatches.allSatisfy { $0.code == .differingFact })
            return mismatches.map(\.severity)
        }
        let expected = [severity].compactMap(\.self)
        #expect(severities("virtual_alias_maps", ["stale_while_down": "a=1h"]) == expected)
        #expect(severities("virtual_alias_maps", ["confirm_not_found": "yes"]) == expected)
        #expect(severities("virtual_alias_maps", [:]) == [], "nothing depends on it")
        #expect(severities("canonical_maps", ["stale_while_down": "a=1h"]) == [])
    }

    @Test(
        "Each fact is compared by what it means",
        arguments: [
            (
                "parent_domain_matches_subdomains", "smtpd_access_maps, relay_domains",
                "relay_domains smtpd_access_maps", "x"
            ),
            ("propagate_unmatched_extensions", "canonical,virtual", "virtual canonical", "generic"),
            ("owner_request_special", "no", "No", "yes"),
            ("double_bounce_sender", "double-bounce", "double-bounce", "db"),
            ("local_domains", "a.example, b.example", "B.example a.example [192.0.2.1]", "a.example"),
        ])
    func eachFact(_ name: String, _ found: String, _ same: String, _ other: String) {
        func codes(_ value: String) -> [Mismatch.Code] {
            let line = name == "local_domains" ? "mydestination = \(found)" : "\(name) = \(found)"
            return compare(
                [line, "virtual_alias_maps = \(Self.place):a", "transport_maps = \(Self.place):t"],
                [("a", ["virtual_alias_maps"]), ("t", ["transport_maps"])], facts: [name: value]
            ).map(\.code)
        }
        #expect(codes(same) == [])
        #expect(codes(other) == [.differingFact])
    }

    @Test(
        "An address of this machine that local_domains lacks is a note, and one that it has besides nothing")
    func addresses() {
        func severities(_ domains: String) -> [Mismatch.Severity] {
            compare(
                ["canonical_maps = \(Self.place):a"], [("a", ["canonical_maps"])],
                facts: ["local_domains": domains], interfaces: ["192.0.2.1"]
            ).map(\.severity)
        }
        #expect(severities("") == [.note])
        #expect(severities("[192.0.2.1] [192.0.2.2]") == [])
    }

    @Test("A table in mydestination, or a service's own delimiter, makes the search of addresses an error")
    func unknown() {
        let maps = [("a", ["canonical_maps"]), ("t", ["transport_maps"])]
        let mismatches = compare(
            [
                "mydestination = hash:/d", "canonical_maps = \(Self.place):a",
                "transport_maps = \(Self.place):t",
            ], maps)
        #expect(mismatches.map(\.code) == [.unlistedDomains] && mismatches.map(\.severity) == [.error])
        let override = compare(
            ["transport_maps = \(Self.place):t"], maps, overrides: ["submission/inet/recipient_delimiter = -"]
        )
        #expect(override.map(\.code) == [.differingFact] && override.map(\.severity) == [.error])
        #expect(override[0].message.contains("found recipient_delimiter = - for submission/inet"))
    }

    @Test(
        "A map that Postfix asks by its name must be searched as there, alone, and where that is possible",
        arguments: [
            ("canonical_maps = \(place):a", [], Mismatch.Code.notSearched),
            ("canonical_maps = \(place):a", ["canonical_maps", "transport_maps"], .notSearched),
            ("canonical_maps = unionmap:{\(place):a, static:x}", [], .notSearched),
            ("smtpd_helo_restrictions = check_helo_access \(place):a", [], .notSearched),
            ("transport_maps = \(place):a", ["canonical_maps"], .otherSearch),
            ("virtual_mailbox_domains = \(place):a", ["relay_domains"], .otherSearch),
            ("canonical_maps = unionmap:{\(place):a, static:x}", ["canonical_maps"], .otherSearch),
            ("canonical_maps = \(place):a hash:/x", ["canonical_maps"], .splitSearch),
            ("canonical_maps = hash:/x \(place):a", ["canonical_maps"], .splitSearch),
            ("canonical_maps = \(place):a regexp:/x", ["canonical_maps"], .splitSearch),
            ("virtual_mailbox_maps = \(place):a", ["virtual_mailbox_maps"], .refusedSocketmap),
            ("alias_maps = \(place):a", [], .refusedSocketmap),
            ("authorized_submit_users = \(place):a", [], .refusedSocketmap),
        ])
    func maps(_ line: String, _ parameters: [String], _ code: Mismatch.Code) {
        let codes = compare([line], [("a", parameters)]).map(\.code)
        #expect(Set(codes).subtracting([.unusedParameter]) == [code], "\(codes)")
    }

    @Test("A map that is asked for domains besides addresses is searched for these, whatever the delimiter")
    func domains() {
        func codes(_ parameters: [String]) -> [Mismatch.Code] {
            compare(
                ["virtual_alias_maps = \(Self.place):a", "recipient_delimiter = -"], [("a", parameters)],
                facts: ["recipient_delimiter": "-"], expanded: ["virtual_alias_domains = \(Self.place):a"]
            ).map(\.code)
        }
        #expect(codes(["virtual_alias_domains", "virtual_alias_maps"]) == [])
        #expect(codes(["virtual_alias_maps"]) == [.otherSearch])
    }

    @Test("Two searched maps in a parameter are told of both")
    func two() {
        let mismatches = compare(
            ["canonical_maps = \(Self.place):a \(Self.place):b"],
            [("a", ["canonical_maps"]), ("b", ["canonical_maps"])])
        #expect(mismatches.map(\.code) == [.splitSearch, .splitSearch])
        #expect(
            mismatches.allSatisfy { $0.severity == .error && $0.message.contains("={pgsql:/… pgsql:/…}") })
    }

    @Test("A parameter by which Postfix does not ask for the map or its table is told of")
    func unusedParameter() {
        let mismatches = compare(
            ["transport_maps = proxy:pgsql:/a.cf", "canonical_maps = \(Self.place):b"],
            [
                ("a", ["transport_maps", "relocated_maps"]), ("b", ["canonical_maps"]),
                ("unasked", ["relay_domains"]),
            ])
        #expect(mismatches.map(\.code) == [.unusedParameter])
        #expect(mismatches[0].message.hasPrefix("found no relocated_maps that asks the map a, expected"))
    }
}
