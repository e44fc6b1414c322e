// What a key may be answered when, while what is right changes.

package import TestSupport

/// Times are nanoseconds of the monotonic clock.
package struct AnswerHistory: Sendable {
    package typealias Answer = PostfixConfiguration.Answer

    /// Of a change: the instants before it began and after it was done.
    package struct Span: Equatable, Sendable {
        package let begun: Int64
        package let done: Int64

        package init(begun: Int64, done: Int64) {
            self.begun = begun
            self.done = done
        }
    }

    package enum Verdict: Hashable, Sendable {
        case right
        /// It was right before a change; so many nanoseconds after that was done it was asked for.
        case stale(Int64)
        /// A failure that stock Postfix can't have.
        case failed
        /// It was not right before, and is not right now.
        case wrong
    }

    /// An answer may be as old as this when its question is asked. A second is what is promised; half of one is for a machine
    /// that makes a connection anew to each of a hundred databases at that moment, beside other tests.
    package static let bound: Int64 = 1_500_000_000

    /// What is right before the first change, after it, and so on: one more than there are changes.
    private let answers: [Answer]
    private let changes: [Span]
    private let mayFailMeanwhile: Bool

    /// - Parameter mayFailMeanwhile: whether lookups that fall into a change may fail.
    package init(_ answers: [Answer], changes: [Span], mayFailMeanwhile: Bool = false) {
        precondition(answers.count == changes.count + 1)
        self.answers = answers
        self.changes = changes
        self.mayFailMeanwhile = mayFailMeanwhile
    }

    /// Whether an answer was right at some moment from a second before its question to its coming.
    ///
    /// - Parameter standstills: when the machine ran nobody: that time does not count.
    package func judge(
        _ answer: Answer, asked: Int64, answered: Int64, standstills: [Span] = []
    ) -> Verdict {
        var stale: Int64?
        for (index, right) in answers.enumerated() {
            let begin = index == 0 ? Int64.min : changes[index - 1].begun
            guard begin <= answered, answer.isSame(as: right) else { continue }
            guard index < changes.count else { return .right }
            let done = changes[index].done
            if isInTime(asked, after: done, standstills) { return .right }
            stale = asked - done
        }
        if mayFailMeanwhile, answer.isSame(as: .failure) {
            for change in changes where change.begun <= answered {
                if isInTime(asked, after: change.done, standstills) { return .right }
            }
        }
        if let stale { return .stale(stale) }
        return answer.isSame(as: .failure) ? .failed : .wrong
    }

    private func isInTime(_ asked: Int64, after done: Int64, _ standstills: [Span]) -> Bool {
        if asked <= done + Self.bound { return true }
        let idle = standstills.reduce(0) { $0 + max(0, min($1.done, asked) - max($1.begun, done)) }
        return asked <= done + Self.bound + idle
    }
}
