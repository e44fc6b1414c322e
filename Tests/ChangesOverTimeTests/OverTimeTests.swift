// Whether the judge of changes sees what it is there for, and whether the table of changes is one.

import ChangesOverTime
import TestSupport
import Testing

@Suite("Changes over time")
struct OverTimeTests {
    private typealias Span = AnswerHistory.Span

    private static let second = AnswerHistory.bound

    private func judge(
        _ answer: Change.Answer, _ asked: Int64, _ answered: Int64, mayFail: Bool = false,
        standstills: [Span] = []
    ) -> AnswerHistory.Verdict {
        // "old" until the change between 10 s and 11 s, not found from then on.
        let span = Span(begun: 10 * Self.second, done: 11 * Self.second)
        return AnswerHistory(["old", .notFound], changes: [span], mayFailMeanwhile: mayFail).judge(
            answer, asked: asked, answered: answered, standstills: standstills)
    }

    @Test("Before a change only the old answer is right")
    func before() {
        #expect(judge("old", 1, 2) == .right)
        #expect(judge(.notFound, 1, 10 * Self.second - 1) == .wrong)
        #expect(judge("other", 1, 2) == .wrong)
        #expect(judge(.failure, 1, 2) == .failed)
    }

    @Test("From its beginning until a second after its end the old one and the new one are right")
    func meanwhile() {
        #expect(judge(.notFound, 1, 10 * Self.second) == .right)
        for asked in [10 * Self.second, 11 * Self.second, 12 * Self.second] {
            #expect(judge("old", asked, asked + 1) == .right)
            #expect(judge(.notFound, asked, asked + 1) == .right)
            #expect(judge("other", asked, asked + 1) == .wrong)
        }
        // However late the answer comes.
        #expect(judge("old", 12 * Self.second, 20 * Self.second) == .right)
    }

    @Test("What is asked later than a second after its end has the new answer")
    func after() {
        let asked = 12 * Self.second + 1
        #expect(judge(.notFound, asked, asked) == .right)
        #expect(judge("old", asked, asked) == .stale(Self.second + 1))
        #expect(judge(.failure, asked, asked) == .failed)
        #expect(judge("other", asked, asked) == .wrong)
    }

    @Test("A failure is right where stock Postfix fails, and in a change where it may")
    func failures() {
        let span = Span(begun: 10, done: 20)
        let history = AnswerHistory([.failure, "new"], changes: [span])
        #expect(history.judge(.failed("any reason"), asked: 1, answered: 2) == .right)
        #expect(
            history.judge(.failure, asked: 21 + Self.second, answered: 22 + Self.second)
                == .stale(1 + Self.second))
        let (during, after) = (11 * Self.second, 12 * Self.second + 1)
        #expect(judge(.failure, during, during) == .failed)
        #expect(judge(.failure, during, during, mayFail: true) == .right)
        #expect(judge(.failure, 1, 2, mayFail: true) == .failed)
        #expect(judge(.failure, after, after, mayFail: true) == .failed)
    }

    @Test("While the machine stands still no second goes by")
    func standstills() {
        let asked = 13 * Self.second
        let half = Self.second / 2
        let long = Span(begun: 11 * Self.second + half, done: 12 * Self.second + half)
        #expect(judge("old", asked, asked, standstills: [long]) == .right)
        #expect(judge("old", asked + 1, asked + 1, standstills: [long]) == .stale(2 * Self.second + 1))
        // Those that were before the change, or come later, count for nothing.
        let before = Span(begun: 0, done: 11 * Self.second)
        let later = Span(begun: asked, done: asked + Self.second)
        #expect(judge("old", asked, asked, standstills: [before, later]) == .stale(2 * Self.second))
    }

    @Test("What is undone is right again, and what was between is not")
    func undone() {
        let spans = [Span(begun: 10, done: 20), Span(begun: 10 * Self.second, done: 11 * Self.second)]
        let history = AnswerHistory(["old", "new", "old"], changes: spans)
        let late = 12 * Self.second + 1
        #expect(history.judge("old", asked: late, answered: late) == .right)
        #expect(history.judge("new", asked: late, answered: late) == .stale(Self.second + 1))
        #expect(
            history.judge("old", asked: 2 * Self.second, answered: 3 * Self.second)
                == .stale(2 * Self.second - 20))
    }

    private static let sample = Change(
        "a sample", [("ann", "old", "new")], change: .sql("SELECT 1"), undo: .sql("SELECT 1"))

    private func verdict(_ answers: [(Change.Answer, Int64)]) -> [String] {
        let spans = [Span(begun: 100, done: 200), Span(begun: 10 * Self.second, done: 11 * Self.second)]
        var verdict = ChangeVerdict(Self.sample, answers: [[["old"]], [["new"]], [["old"]]], spans: spans)
        for (answer, asked) in answers {
            for isProxymap in [false, true] {
                verdict.judge(
                    ChangeLoad.Observation(
                        change: 0, map: 0, key: 0, isProxymap: isProxymap, asked: asked, answered: asked + 1,
                        answer: answer))
            }
        }
        return verdict.faults + verdict.gaps
    }

    @Test("A change is judged well only if its keys were asked for before, between and after")
    func coverage() {
        let before = (1...3).map { ("old" as Change.Answer, Int64($0)) }
        let between = (1...3).map { ("new" as Change.Answer, 2 * Self.second + Int64($0)) }
        let after = (1...3).map { ("old" as Change.Answer, 12 * Self.second + Int64($0)) }
        #expect(verdict(before + between + after) == [])
        #expect(verdict(before + after).count == 2)
        #expect(
            verdict(before + between.dropLast() + after).allSatisfy { $0.contains("too seldom: [3, 2, 3]") })
        #expect(verdict([]).allSatisfy { $0.contains("never answered") })
        let stale = verdict(before + between + after + [("new", 13 * Self.second)])
        #expect(stale.count == 2)
        #expect(stale.allSatisfy { $0.contains("1 of 10 answers were not right") }, "\(stale)")
        #expect(
            stale.allSatisfy {
                $0.contains("\(2 * Self.second / 1_000_000) ms after it was undone: \"new\", right no more")
            },
            "\(stale)")
    }

    @Test(
        "The table has forty kinds of change and more, each with a name of its own, with keys that hit and that miss"
    )
    func table() {
        #expect(Change.all.count >= 40)
        #expect(Set(Change.all.map(\.slug)).count == Change.all.count)
        for change in Change.all {
            // PostgreSQL cuts a longer name.
            #expect("\(change.slug)_group".utf8.count <= 63, "\(change)")
            let answers = change.maps.flatMap(\.keys).flatMap { [$0.before, $0.after] }
            #expect(
                answers.contains { !$0.isSame(as: .notFound) && !$0.isSame(as: .failure) },
                "\(change) finds nothing")
            #expect(answers.contains { $0.isSame(as: .notFound) }, "\(change) misses nothing")
        }
    }
}
