// Stock Postfix and mapmux side by side, while everything that an answer depends on changes.

import ChangesOverTime
import Testing

extension EndToEnd {
    @Suite("Over time", .serialized)
    struct OverTimeTests {
        @Test(
            """
            A second after a change every answer is a fresh postmap's, and until then one that was right before or is \
            right after
            """,
            arguments: Change.all)
        func change(_ change: Change) throws {
            let complaints = try ChangeRun.shared.get().complaints(of: change)
            #expect(complaints.isEmpty, "\(complaints.joined(separator: "\n"))")
        }
    }
}
