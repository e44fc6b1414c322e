// When clients are greeted, by what the configuration says and what they do.

import Testing

@testable import ClientSessions

@Test("Until a client has asked, the configuration counts", arguments: [true, false])
func untilAClientHasAskedTheConfigurationCounts(isConfigured: Bool) {
    #expect(GreetingHabit(isConfigured: isConfigured).greetsAtOnce == isConfigured)
}

@Test("Clients that do as configured are no news")
func clientsThatDoAsConfiguredAreNoNews() {
    var habit = GreetingHabit(isConfigured: true)
    let isNews = habit.noteWaiting()
    #expect(!isNews && habit.greetsAtOnce && !habit.isContradicted)
    var old = GreetingHabit(isConfigured: false)
    let isOldNews = old.noteAsking()
    #expect(!isOldNews && !old.greetsAtOnce)
}

@Test("Clients that do otherwise are news once, and count")
func clientsThatDoOtherwiseAreNewsOnceAndCount() {
    var habit = GreetingHabit(isConfigured: true)
    let news = [habit.noteAsking(), habit.noteAsking()]
    // It may be no Postfix at all that does so: the greeting that is configured is sent.
    #expect(news == [true, false] && habit.greetsAtOnce && habit.isContradicted)
    var old = GreetingHabit(isConfigured: false)
    let oldNews = [old.noteWaiting(), old.noteWaiting()]
    #expect(oldNews == [true, false] && old.greetsAtOnce && old.isContradicted)
}

@Test("If both kinds have come, the configuration counts", arguments: [true, false])
func whereBothKindsHaveComeTheConfigurationCounts(isConfigured: Bool) {
    var habit = GreetingHabit(isConfigured: isConfigured)
    _ = habit.noteAsking()
    _ = habit.noteWaiting()
    #expect(habit.greetsAtOnce == isConfigured && !habit.isContradicted)
}
