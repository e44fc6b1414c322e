// What Postfix asks and mapmux has not, and the other way round.

import Testing

@testable import PostfixInventory

@Suite("Postfix and mapmux compared")
struct PostfixComparisonTests {
    private let spool = "/var/spool/postfix/private"

    private func compare(
        _ postfix: Postfix,
        maps: [ListedMap] = [
            ListedMap(name: "a", tables: ["/a.cf"], parameters: ["relay_domains"])
        ],
        facts: [String: String] = [:],
        relay: String? = "/relay", sockets: Set<String> = ["/relay"], unseen: Set<String> = []
    ) -> PostfixComparison {
        PostfixComparison(
            postfix.inventory(),
            .init(
                maps: maps, facts: facts,
                proxymapListen: [("\(spool)/mapmux", relay), ("/run/other", "/relay")],
                socketmapListen: ["\(spool)/mapmux-socketmap", "/run/mapmux/socketmap"], relay: relay),
            isSocket: { unseen.contains($0) ? nil : sockets.contains($0) })
    }

    private func postfix(_ parameters: [String], service: String = "mapmux") -> Postfix {
        Postfix(parameters: parameters, expanded: ["proxymap_service_name = \(service)"])
    }

    @Test("What fits together is told of by nothing")
    func fitting() {
        let comparison = compare(postfix(["relay_domains = proxy:pgsql:/a.cf"]))
        #expect(comparison.mismatches == [])
        #expect(comparison.askedSockets == ["\(spool)/mapmux"])
        let named = compare(
            postfix(["relay_domains = socketmap:unix:private/mapmux-socketmap:a"], service: "proxymap"))
        #expect(named.mismatches == [])
        #expect(named.askedSockets == ["\(spool)/mapmux-socketmap"])
    }

    @Test("A socket that is there, though the configuration has it not, is the service manager's")
    func handedOver() {
        let socket = "/run/mapmux/more"
        let named = postfix(["relay_domains = socketmap:unix:\(socket):a"])
        #expect(compare(named).mismatches.map(\.code) == [.noListener])
        #expect(compare(named, sockets: [socket, "/relay"]).mismatches.map(\.code) == [.unreachableSocket])
        let proxied = postfix(["relay_domains = proxy:pgsql:/a.cf"], service: "mapmux-out")
        #expect(compare(proxied).mismatches.map(\.code) == [.noListener, .unusedMap])
        #expect(compare(proxied, sockets: ["\(spool)/mapmux-out", "/relay"]).mismatches == [])
    }

    @Test("A relay that is not there stops mail, and one that can't be seen may be there")
    func relay() {
        let postfix = postfix(["relay_domains = proxy:pgsql:/a.cf"])
        let mismatches = compare(postfix, relay: "/typo").mismatches
        #expect(mismatches.map(\.code) == [.noRelay] && mismatches[0].severity == .error)
        #expect(mismatches[0].message.contains("found no socket at /typo"))
        #expect(compare(postfix, relay: "/typo", unseen: ["/typo"]).mismatches == [])
    }

    @Test("A socket that can't be seen may be there, and is one to ask for")
    func unseen() {
        let proxied = compare(
            postfix(["relay_domains = proxy:pgsql:/a.cf"], service: "mapmux-out"),
            unseen: ["\(spool)/mapmux-out"])
        #expect(proxied.mismatches == [] && proxied.askedSockets == ["\(spool)/mapmux-out"])
        let named = compare(
            postfix(["relay_domains = socketmap:unix:private/mapmux-more:a"], service: "proxymap"),
            unseen: ["\(spool)/mapmux-more", "\(spool)/proxymap"])
        #expect(named.mismatches.map(\.code) == [] && named.askedSockets.contains("\(spool)/mapmux-more"))
    }

    @Test("A table that is not served stops mail only where there is no relay for it")
    func tables() {
        let postfix = postfix(["relay_domains = proxy:pgsql:/a.cf proxy:pgsql:/b.cf pgsql:/c.cf"])
        for relay in ["/relay", nil] {
            let mismatches = compare(postfix, relay: relay).mismatches
            #expect(
                mismatches.map(\.code) == [.notServed]
                    && mismatches[0].severity == (relay == nil ? .error : .warning))
            #expect(mismatches[0].message.contains("proxy:pgsql:/b.cf (relay_domains)"))
        }
    }

    @Test(
        "A service name without a listener, a socketmap without a map or a listener, a chroot, an unused map")
    func others() {
        func codes(_ postfix: Postfix) -> [Mismatch.Code] { compare(postfix).mismatches.map(\.code) }
        #expect(
            codes(postfix(["relay_domains = proxy:pgsql:/a.cf"], service: "typo")) == [
                .noListener, .unusedMap,
            ])
        let place = "socketmap:unix:private/mapmux-socketmap"
        #expect(codes(postfix(["relay_domains = \(place):a \(place):b"])) == [.notServed])
        #expect(
            codes(postfix(["relay_domains = \(place):a socketmap:unix:private/mapmux-typo:a"])) == [
                .noListener
            ])
        #expect(
            codes(postfix(["relay_domains = socketmap:unix:/run/mapmux/socketmap:a"])) == [.unreachableSocket]
        )
        #expect(codes(postfix(["relay_domains = socketmap:inet:localhost:99:a, \(place):a"])) == [])
        #expect(codes(postfix(["relay_domains = hash:/x"])) == [.unusedMap])
    }
}
