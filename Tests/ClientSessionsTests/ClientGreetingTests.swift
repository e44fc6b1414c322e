// What one client does about a greeting, and what that says of all.

import Testing

@testable import ClientSessions

@Suite("One client and the greeting")
struct ClientGreetingTests {
    private var client = ClientGreeting()

    @Test(
        "One that is greeted at once and asks when it has read that is no news, and nothing more is learned of it"
    )
    mutating func waiting() {
        var habit = GreetingHabit(isConfigured: true)
        let (beginning, isNews) = client.begin(hasAsked: false, &habit)
        #expect(beginning == .greet && !isNews && client.isOpen)
        let input = client.noteInput(&habit) { true }
        #expect(!input && !client.isOpen && habit.hasSeenWaiting && !habit.hasSeenAsking)
        let closing = client.noteClosing(&habit)
        #expect(!closing && !habit.hasSeenAsking)
    }

    @Test(
        "One that asks before it reads the greeting, and closes the connection on it, is news; the next one is greeted"
    )
    mutating func tooEarly() {
        var habit = GreetingHabit(isConfigured: true)
        _ = client.begin(hasAsked: false, &habit)
        let input = client.noteInput(&habit) { false }
        #expect(!input && client.isOpen)
        let closing = client.noteClosing(&habit)
        #expect(closing && habit.hasSeenAsking && !client.isOpen)
        var other = ClientGreeting()
        let (beginning, _) = other.begin(hasAsked: false, &habit)
        #expect(beginning == .greet)
    }

    @Test("One that asks early and goes on is none that takes the greeting for the answer")
    mutating func quick() {
        var habit = GreetingHabit(isConfigured: true)
        _ = client.begin(hasAsked: false, &habit)
        let inputs = [client.noteInput(&habit) { false }, client.noteInput(&habit) { false }]
        #expect(inputs == [false, false] && habit.hasSeenWaiting && !habit.hasSeenAsking)
    }

    @Test("One that had asked before it was met gets what is configured", arguments: [true, false])
    mutating func hasAsked(isConfigured: Bool) {
        var habit = GreetingHabit(isConfigured: isConfigured)
        let (beginning, isNews) = client.begin(hasAsked: true, &habit)
        #expect(beginning == (isConfigured ? .greet : .nothing) && isNews == isConfigured && !client.isOpen)
        let silence = client.noteSilence()
        #expect(!silence)
    }

    @Test(
        "Where none is configured one that is silent is greeted, and news when it asks then; one that asks at once is not"
    )
    mutating func silent() {
        var habit = GreetingHabit(isConfigured: false)
        let (beginning, _) = client.begin(hasAsked: false, &habit)
        let silences = [client.noteSilence(), client.noteSilence()]
        #expect(beginning == .wait && silences == [true, false])
        let input = client.noteInput(&habit) { true }
        #expect(input && habit.hasSeenWaiting)
        var old = ClientGreeting()
        var oldHabit = GreetingHabit(isConfigured: false)
        _ = old.begin(hasAsked: false, &oldHabit)
        let oldInput = old.noteInput(&oldHabit) { true }
        let oldSilence = old.noteSilence()
        #expect(!oldInput && !oldSilence && oldHabit.hasSeenAsking)
    }
}
