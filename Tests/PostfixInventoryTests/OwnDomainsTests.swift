// Which domains Postfix takes for its own.

import Testing

@testable import PostfixInventory

@Suite("Own domains")
struct OwnDomainsTests {
    private func domains(
        _ parameters: [String], files: [String: String] = [:], interfaces: [String] = []
    ) -> OwnDomains {
        Postfix(parameters: parameters, files: files, interfaces: interfaces).inventory().ownDomains
    }

    @Test("They are myorigin, also from a file, and what mydestination lists")
    func names() {
        let own = domains(
            [
                "myorigin = /etc/mailname",
                "mydestination = Mail.example, localhost !no.example,, no.example /etc/dest $x !/etc/not",
            ],
            files: [
                "/etc/mailname": "example.org\n",
                "/etc/dest": "# comment\none.example, mail.example\n two.example",
                "/etc/not": "three.example",
            ])
        #expect(
            own.domains == ["example.org", "Mail.example", "localhost", "one.example", "two.example", "$x"])
        #expect(own.unlisted == [])
        #expect(domains(["myorigin = here.example", "mydestination ="]).domains == ["here.example"])
    }

    @Test("A table, or a file that can't be read, can't be listed, and its contents are not shown")
    func unlisted() {
        let own = domains([
            "myorigin = /etc/mailname",
            "mydestination = a.example, hash:/d inline:{ geheim = x, y = z } /etc/none, [IPv6:2001:db8::1] pgsql:/p.cf",
        ])
        #expect(own.unlisted == ["/etc/mailname", "/etc/none", "hash:/d", "inline:", "pgsql:/p.cf"])
        #expect(own.domains == ["a.example", "[IPv6:2001:db8::1]"])
    }

    @Test(
        "Addresses are those of inet_interfaces and proxy_interfaces, of the protocols that are on",
        arguments: [
            ([], ["[127.0.0.1]", "[192.0.2.1]", "[IPv6:::1]"]),
            (["inet_protocols = ipv4"], ["[127.0.0.1]", "[192.0.2.1]"]),
            (["inet_interfaces = loopback-only"], ["[127.0.0.1]", "[IPv6:::1]"]),
            (
                ["inet_interfaces = 192.0.2.9, [2001:db8::1]", "proxy_interfaces = 198.51.100.1 127.0.0.1"],
                ["[192.0.2.9]", "[IPv6:2001:db8::1]", "[198.51.100.1]", "[127.0.0.1]"]
            ),
        ])
    func addresses(_ parameters: [String], _ expected: [String]) {
        #expect(
            domains(parameters, interfaces: ["127.0.0.1", "192.0.2.1", "::1"]).domains == expected)
    }

    @Test("A value differs by names that it lacks or has besides, and by addresses that it lacks")
    func difference() {
        let own = domains(["mydestination = a.example, b.example"], interfaces: ["192.0.2.1"])
        let same = "B.example [192.0.2.1],a.example [192.0.2.7]"
        #expect(own.differingNames(from: same) == [] && own.missingAddresses(in: same) == [])
        let other = "a.example c.example"
        #expect(own.differingNames(from: other) == ["b.example", "c.example"])
        #expect(own.missingAddresses(in: other) == ["[192.0.2.1]"])
    }
}
