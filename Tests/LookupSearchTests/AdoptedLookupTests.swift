// A request for a key whose lookup was begun ahead and is still under way waits for that one.

import LookupValues
import Testing

@testable import LookupSearch

@Suite("A lookup begun ahead that a request waits for")
struct AdoptedLookupTests {
    private var scene = ReadAheadScene()
    private let token = LookupToken(pool: 0, lookup: 1)

    @Test(
        "Answers that request, whether something is found or not",
        arguments: [LookupOutcome.notFound, .text("v")])
    mutating func answer(outcome: LookupOutcome) {
        let first = scene.begin("u+x@d", "u@d", "@d")
        #expect(scene.ask("u@d") == .waits(token))
        scene.wait(milliseconds: 70)
        #expect(
            scene.settle(outcome, at: 1, of: first) == .answers(2),
            "it is no older than the request for its bound")
        #expect(scene.counts()[1] == 1)
        #expect(scene.takeWithdrawn() == (outcome == .notFound ? [] : [2]), "what is found ends the search")
    }

    @Test("Does not fail that request, which is asked for anew")
    mutating func failure() {
        let first = scene.begin("u+x@d", "u@d", "@d")
        #expect(scene.ask("u@d") == .waits(token))
        #expect(
            scene.settle(.temporaryFailure("lost"), at: 1, of: first)
                == .asksAnew(2, .a, key: Array("u@d".utf8)))
        #expect(scene.counts() == [2, 0, 1])
        scene.readAhead.noteAnswer(to: 2, .text("v"), now: scene.now, &scene.account)
        #expect(scene.takeWithdrawn() == [2], "what the other lookup finds ends the search")
        #expect(scene.readAhead.isEmpty && scene.account.bytes == 0)
    }

    @Test("Stays that request's when all is dropped")
    mutating func dropped() {
        let first = scene.begin("u+x@d", "u@d", "@d")
        #expect(scene.ask("u@d") == .waits(token))
        #expect(scene.ask("v@d") == .unknown(isBeginning: true))
        #expect(scene.takeWithdrawn() == [2])
        #expect(scene.account.bytes > 0)
        #expect(scene.settle(.notFound, at: 1, of: first) == .answers(2))
        #expect(scene.readAhead.isEmpty && scene.account.bytes == 0)
    }

    @Test("Is withdrawn with the others when the client goes")
    mutating func end() {
        scene.begin("u+x@d", "u@d", "@d")
        #expect(scene.ask("u@d") == .waits(token))
        scene.readAhead.end(now: scene.now, &scene.account)
        #expect(scene.takeWithdrawn() == [2, 1])
        #expect(scene.readAhead.isEmpty && scene.account.bytes == 0)
        #expect(scene.counts() == [2, 0, 2])
    }
}
