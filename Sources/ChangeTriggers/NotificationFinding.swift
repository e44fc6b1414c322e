// What was found out of tables whose answers are to be kept by notification.

package import AnswerCache

/// What was found out of one table's query.
package struct NotificationFinding: Equatable, Sendable {
    package enum Verdict: Equatable, Sendable {
        /// Triggers tell of each change of a row that the query's answers depend on. With a key, those of a change for some
        /// keys only name them.
        case proven(key: NotifiedKey?)
        /// They don't, and could: a reason in words, on one line, such as `public.alias has no triggers of mapmux`.
        case unproven(reason: String)
        /// No trigger can tell, or it can't be found out what the query depends on: a reason in words, on one line.
        case untellable(reason: String)
    }

    package let verdict: Verdict
    /// The relations whose rows count; empty if that is not known.
    package let needs: [RelationNeeds]

    package init(verdict: Verdict, needs: [RelationNeeds]) {
        self.verdict = verdict
        self.needs = needs
    }
}

/// What was found out of a target's tables at once.
package struct NotificationFindings: Equatable, Sendable {
    /// One for each query, in their order.
    package let tables: [NotificationFinding]
    /// SQL for one text, which changes if anything has changed that the findings follow from: then all must be found out
    /// anew. It can stay prepared.
    package let look: String
    /// The text that it returned while all was as found.
    package let value: String
    /// False if something was in the way that may be gone soon, such as a lock: asking again may tell more then, though the
    /// look has not changed.
    package let isSettled: Bool

    package init(tables: [NotificationFinding], look: String, value: String, isSettled: Bool) {
        self.tables = tables
        self.look = look
        self.value = value
        self.isSettled = isSettled
    }
}
