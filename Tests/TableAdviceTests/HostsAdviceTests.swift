// What is said of tables that work at some of their hosts, and of connections to expect.

import TableAdvice
import Testing

private func advice(_ words: (String, HostsAdvice.Word)...) -> HostsAdvice {
    HostsAdvice(hosts: words.map { HostsAdvice.Host(name: $0.0, word: $0.1) })
}

@Test("A table that works everywhere or nowhere has no places")
func aTableThatWorksEverywhereOrNowhereHasNoPlaces() {
    for same in [
        advice(), advice(("a", .works), ("b", .works)), advice(("a", .refuses("no")), ("b", .refuses("no"))),
    ] {
        #expect(same.places == nil && same.objections == nil && same.findings == [])
    }
}

@Test("It is told where a table works, and what the others say")
func whereATableWorksAndWhatTheOthersSay() {
    let divided = advice(("a", .refuses("no")), ("b", .works), ("c", .works), ("d", .refuses("never")))
    #expect(divided.places == "b, c")
    #expect(divided.objections == "a: no, d: never: its lookups go to b, c")
    #expect(divided.findings.map(\.code) == [.hostsDiffer])
    #expect(divided.findings[0].severity == .note)
    #expect(
        divided.findings[0].message.hasPrefix("found a query that works at b, c and not at a, d, expected"))
}

@Test("A host that has not told in time is not left out")
func aHostThatHasNotToldInTimeIsNotLeftOut() {
    let late = advice(("a", .silent("a lock")), ("b", .works))
    #expect(late.places == "b" && late.objections == "a: a lock")
    #expect(late.findings == [])
}

@Test("Connections to expect are those of the pool, and one more a host and for renewing")
func connectionsToExpectAreThoseOfThePoolAndOneMoreAHostAndForRenewing() {
    #expect(HostsAdvice.connections(poolSize: 4, workers: 1, hosts: 1) == [])
    let one = HostsAdvice.connections(poolSize: 4, workers: 1, hosts: 2)
    #expect(one.map(\.code) == [.connections])
    #expect(
        one[0].message
            == "expect 7 connections at most: pool_size = 4, one while another is renewed, and one to each of the 2 hosts "
            + "for queries that another one refuses")
    let two = HostsAdvice.connections(poolSize: 4, workers: 2, hosts: 3)
    #expect(two[0].message.hasPrefix("expect 12 connections at most: "))
    #expect(two[0].message.hasSuffix("; the last two in each of 2 workers"))
}
