// The parameters about searches, and which maps are searched by them.

import DaemonTestSupport
import EventLoop
import LookupSearch
import LookupTables
import Testing

@testable import Configuration

@Suite("Settings of searches")
struct SearchSettingsTests {
    private func reading(_ lines: String) throws -> ConfigurationReading {
        try ConfigurationReading.parameters(lines)
    }

    private func set(_ name: String, _ value: String) throws -> DaemonSettings? {
        var settings = DaemonSettings()
        let parameter = try #require(DaemonParameter.all.first { $0.name == name })
        return parameter.set(value, &settings, .local) ? settings : nil
    }

    @Test("The facts of main.cf are set as they stand there")
    func facts() throws {
        let settings = try reading(
            """
            recipient_delimiter = +-
            parent_domain_matches_subdomains = relay_domains, Transport_Maps
            propagate_unmatched_extensions =
            owner_request_special = no
            double_bounce_sender = nobody
            local_domains = a.test, [192.0.2.1]
            read_ahead = 50ms
            """
        ).configuration.settings
        var facts = PostfixFacts()
        facts.recipientDelimiter = Array("+-".utf8)
        facts.parentDomainMatchesSubdomains = ["relay_domains", "transport_maps"]
        facts.propagateUnmatchedExtensions = []
        facts.ownerRequestSpecial = false
        facts.doubleBounceSender = Array("nobody".utf8)
        facts.localDomains = LocalDomains(["[192.0.2.1]", "A.test"])
        #expect(settings.facts == facts)
        #expect(settings.readAhead == 50)
    }

    @Test(
        "What a fact can't be is refused",
        arguments: [
            ("recipient_delimiter", "+ -"), ("propagate_unmatched_extensions", "virtual, sender"),
            ("owner_request_special", "1"), ("double_bounce_sender", ""), ("double_bounce_sender", "a b"),
            ("local_domains", "hash:/etc/postfix/local"), ("local_domains", "/etc/postfix/local"),
            ("local_domains", "!a.test"), ("read_ahead", "2s"), ("read_ahead", "50us"), ("read_ahead", "-1"),
            ("map_parameters", "a"), ("map_parameters", "a="), ("map_parameters", "=virtual_alias_maps"),
            ("map_parameters", "a=virtual_aliases"), ("map_parameters", "a=transport_maps a=transport_maps"),
        ])
    func refused(name: String, value: String) throws {
        #expect(try set(name, value) == nil)
    }

    @Test("A map may stand in several parameters, and each must be in maps")
    func mapParameters() throws {
        let settings = try set("map_parameters", "a=canonical_maps,virtual_alias_maps, b=check_helo_access\n")
        #expect(
            settings?.mapParameters.mapValues { $0.map(\.name) }
                == ["a": ["canonical_maps", "virtual_alias_maps"], "b": ["check_helo_access"]])
        #expect(try set("map_parameters", "a=b=transport_maps")?.mapParameters.keys.map(\.self) == ["a=b"])
        let errors = try reading("map_parameters = nothing=transport_maps").errors
        #expect(
            errors == [
                "DIR/mapmux.conf:2: found `nothing` in map_parameters, expected names that are in maps"
            ])
    }

    @Test("A restriction has one table, so that a map of several is none of it")
    func severalTables() throws {
        for (parameter, isUsable) in [("check_client_access", false), ("virtual_alias_maps", true)] {
            let reading = try ConfigurationReading.maps(
                "m={pgsql:DIR/good.cf pgsql:DIR/other.cf}\nmap_parameters = m=\(parameter)",
                files: ["other.cf": table()])
            #expect(reading.isUsable == isUsable, "\(reading.errors)")
            if !isUsable {
                #expect(
                    reading.errors.first?.contains("found several tables of `m` for check_client_access")
                        == true)
            }
        }
    }

    @Test(
        "A socketmap client's questions are searched if all parameters of the map are searched alike",
        arguments: [
            ("virtual_alias_maps", true), ("canonical_maps,recipient_canonical_maps", true),
            ("canonical_maps,virtual_alias_maps", false), ("virtual_mailbox_maps,relay_recipient_maps", true),
            ("virtual_alias_domains", false), ("virtual_alias_maps,virtual_alias_domains", true),
            ("virtual_alias_domains,virtual_mailbox_domains", false),
            ("check_helo_access,virtual_alias_domains", false),
            ("relay_domains,check_helo_access", false),
        ])
    func socketmap(parameters: String, isSearched: Bool) throws {
        let settings = try #require(try set("map_parameters", "m=\(parameters)"))
        #expect((settings.socketmapSearch(ofMap: "m") != nil) == isSearched)
        #expect(settings.socketmapSearch(ofMap: "other") == nil)
        #expect(settings.proxymapSearches(ofMap: "other").isEmpty)
    }

    @Test("A table that is asked for addresses and for domains has no part of a domain taken for an address")
    func besideDomains() throws {
        var settings = try #require(try set("map_parameters", "m=virtual_alias_domains,virtual_alias_maps"))
        settings.facts.recipientDelimiter = Array("-".utf8)
        let order = try #require(settings.socketmapSearch(ofMap: "m"))
        #expect(order.keys(for: Array("a-b.test".utf8).span).map(\.bytes) == [Array("a-b.test".utf8)])
        #expect(Array(order.keys(for: Array("a-b@c.test".utf8).span)).count == 3)
        #expect(settings.proxymapSearches(ofMap: "m") == [order])
    }

    @Test("The facts can be read alone, from a file with other parameters or without any file")
    func factsAlone() throws {
        let source = ConfigurationSource(
            file: "/nowhere/mapmux.conf", overrides: ["recipient_delimiter=+"], system: .local)
        var found: [String] = []
        #expect(source.readFacts(hasFile: true) { found.append($0.description) } == nil)
        #expect(found.count == 1)
        #expect(source.readFacts(hasFile: false) { _ in }?.recipientDelimiter == Array("+".utf8))
    }
}
