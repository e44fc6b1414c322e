// What is said of maps that are to be kept by notification.

import Testing

@testable import TableAdvice

@Suite("Notification advice")
struct NotificationAdviceTests {
    private func advice(_ state: NotificationAdvice.State, _ changes: [RowChanges] = []) -> NotificationAdvice
    {
        NotificationAdvice(maps: ["aliases", "owners"], state, changes: changes)
    }

    @Test("Triggers in place are no finding, and others are one, with the reason")
    func states() {
        #expect(advice(.told(byKey: true)).findings.isEmpty && advice(.told(byKey: false)).findings.isEmpty)
        #expect(advice(.told(byKey: true)).verdict == "triggers tell of changes, by key")
        #expect(advice(.told(byKey: false)).verdict == "triggers tell of changes, for all keys at once")
        let reason = "public.alias has no triggers of mapmux"
        for (state, code) in [
            (NotificationAdvice.State.missing(reason), Finding.Code.missingTriggers),
            (.never(reason), .neverNotified),
        ] {
            let advice = advice(state)
            #expect(advice.verdict == nil)
            #expect(advice.findings.map(\.code) == [code] && advice.findings[0].severity == .warning)
            #expect(advice.findings[0].message.hasPrefix("found `aliases`, `owners` in cache as notified, "))
            #expect(advice.findings[0].message.contains(reason))
        }
    }

    @Test(
        "A table that changes fifty times a second is one, over an hour or more, as far as the time is known")
    func changes() {
        func severity(_ count: Int, _ seconds: Int, isSinceReset: Bool = true) -> Finding.Severity? {
            let changes = RowChanges(
                relation: "public.alias", count: count, seconds: seconds, isSinceReset: isSinceReset)
            let findings = advice(.told(byKey: true), [changes]).findings
            #expect(findings.allSatisfy { $0.code == .busyTable && $0.message.contains(" of public.alias ") })
            return findings.first?.severity
        }
        #expect(severity(50 * 7200, 7200) == .warning)
        #expect(severity(50 * 7200 - 1, 7200) == nil)
        #expect(severity(50 * 7200, 7200, isSinceReset: false) == .note)
        // A load at once is no habit.
        #expect(severity(100_000, 10) == nil && severity(100_000, 0) == nil)
        #expect(
            severity(50 * 3600, 0) == .warning && severity(0, 0) == nil && severity(50 * 3600, -5) == .warning
        )
    }
}
