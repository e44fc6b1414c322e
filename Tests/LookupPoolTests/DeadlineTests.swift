// Transcripts of lookups whose time is over, and of what the pool wants to be woken for.

import Testing

@Suite("Deadlines")
struct DeadlineTests {
    @Test("A lookup that waits for a connection fails when its time is over, exactly")
    func waiting() {
        Transcript(lookupTimeout: 3_000).play(
            """
            submit a  | 
            deadline  | 0
            dispatch  | connect 0 to 0
            deadline  | 3000
            wait 1000 |
            submit b  |
            dispatch  |
            deadline  | 2000
            wait 1999 |
            dispatch  |
            wait 1    |
            deadline  | 0
            dispatch  | fail 1 deadline
            deadline  | 1000
            wait 5000 |
            dispatch  | fail 2 deadline, close 0, host 0 failed
            waiting   | 0
            """)
    }

    @Test("A lookup in flight fails when its time is over, and the result that comes later is nobody's")
    func inFlight() {
        Transcript(lookupTimeout: 3_000).becomeReady().play(
            """
            submit a a b | 
            dispatch     | send a on 0, send b on 0, sync 0
            wait 3000    |
            dispatch     | fail 1 deadline, fail 2 deadline, fail 3 deadline
            waiting      | 0
            unanswered   | 0
            deadline     | 1000
            submit a     |
            dispatch     | send a on 0, sync 0
            wanted 0     | false
            done 0 0     |
            wanted 0     | true
            done 0       | answer 4
            """)
    }

    @Test("Deadlines come in order, wherever the lookups are")
    func order() {
        Transcript(depth: 1, lookupTimeout: 3_000).becomeReady().play(
            """
            submit a  | 
            dispatch  | send a on 0, sync 0
            wait 10   |
            submit b  |
            wait 10   |
            submit b  |
            dispatch  |
            deadline  | 2980
            wait 2980 |
            dispatch  | fail 1 deadline
            deadline  | 10
            wait 10   |
            dispatch  | fail 2 deadline
            deadline  | 10
            wait 10   |
            dispatch  | fail 3 deadline
            """)
    }

    @Test("Sending again does not move a lookup's deadline")
    func sentAgain() {
        Transcript(lookupTimeout: 3_000).becomeReady().play(
            """
            submit a  | 
            dispatch  | send a on 0, sync 0
            wait 2000 |
            lost 0    |
            dispatch  | connect 0 to 0
            connected 0 | prepare 0 on 0, sync 0
            done 0    |
            dispatch  | send a on 0, sync 0
            deadline  | 1000
            wait 1000 |
            dispatch  | fail 1 deadline
            """)
    }

    @Test("A pool at rest wants to be woken for nothing")
    func rest() {
        Transcript(connections: 2).becomeReady().play(
            """
            dispatch | 
            deadline | none
            wait 100000 |
            deadline | none
            """)
    }

    @Test(
        "Whatever happens between two dispatches makes the next one due",
        arguments: [
            "submit b", "lost 0", "done 0", "error 0 parameters", "aborted 0", "connected 1", "refused 1",
            "shut down", "cancel 1",
        ])
    func due(event: String) {
        let pool = Transcript(connections: 2)
        pool.play(
            """
            dispatch    | connect 0 to 0, connect 1 to 0
            connected 0 | prepare 0 on 0, sync 0
            done 0      |
            submit a    |
            dispatch    | send a on 0, sync 0
            """)
        #expect(pool.milliseconds == 6000)
        _ = pool.perform(event)
        #expect(pool.milliseconds == 0)
        _ = pool.perform("dispatch")
        #expect(pool.milliseconds != 0)
    }

    @Test("Each lookup fails at its own deadline, whatever the order of their coming")
    func ownDeadlines() {
        Transcript(grace: 10_000).play(
            """
            dispatch  | connect 0 to 0
            submit a  |
            submit b  |
            ask 3000 c d |
            ask 2000 e |
            submit f  |
            unanswered | 6
            wait 2000 |
            dispatch  |
            unanswered | 5
            deadline  | 1000
            wait 1000 |
            dispatch  |
            unanswered | 3
            """)
    }

    @Test("A lookup with little time is sent if there is room, and not in the last tenth of its time")
    func shortDeadline() {
        for (milliseconds, sent) in [(449, "send b on 0, sync 0"), (450, "")] {
            Transcript().becomeReady().play(
                """
                ask 500 a  |
                dispatch   | send a on 0, sync 0
                """)
            Transcript(depth: 1).becomeReady().play(
                """
                submit a   |
                dispatch   | send a on 0, sync 0
                ask 500 b  |
                wait \(milliseconds) |
                done 0     | answer 1
                dispatch   | \(sent)
                unanswered | \(sent.isEmpty ? 0 : 1)
                """)
        }
    }

    @Test("A lookup for nobody is answered to nobody, and nothing is said of its failure")
    func nobody() {
        Transcript().becomeReady().play(
            """
            ask 5000 a b |
            submit a     |
            joined       | 1
            dispatch     | send a on 0, send b on 0, sync 0
            done 0       | answer nobody, answer 3
            error 0 other |
            unanswered   | 0
            """)
    }
}
