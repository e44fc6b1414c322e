// The greeting of a client that may wait for one.

internal import LookupProtocols
internal import LookupValues

extension ClientSession {
    /// What is to be done for a client that has come.
    package struct Beginning: Equatable, Sendable {
        /// Whether it is greeted, so that there is something to be sent.
        package let isGreeted: Bool
        /// Whether `greetIfSilent` is to be called when it has been silent for a while.
        package let waits: Bool
        /// Whether it is news that speaks against the configuration.
        package let isNews: Bool
    }

    /// The client has come.
    ///
    /// - Parameter hasAsked: whether it has said something already; asked for only if that matters.
    package mutating func begin(_ habit: inout GreetingHabit, hasAsked: () -> Bool) -> Beginning {
        guard clientProtocol.hasGreeting else {
            return Beginning(isGreeted: false, waits: false, isNews: false)
        }
        let (beginning, isNews) = greeting.begin(hasAsked: hasAsked(), &habit)
        if beginning == .greet { owed.greet() }
        return Beginning(isGreeted: beginning == .greet, waits: beginning == .wait, isNews: isNews)
    }

    /// The client has been silent for a while.
    ///
    /// - Returns: whether it is greeted now, so that there is something to be sent.
    package mutating func greetIfSilent() -> Bool {
        guard isReading && greeting.noteSilence() else { return false }
        owed.greet()
        return true
    }

    /// Whether there is anything to be learned of how it does with greetings.
    package var isGreetingOpen: Bool { greeting.isOpen }

    /// Something has come of the client.
    ///
    /// - Parameter hasRead: whether it has read the greeting; asked for only if that matters.
    /// - Returns: whether that is news that speaks against the configuration.
    package mutating func noteInput(_ habit: inout GreetingHabit, hasRead: () -> Bool) -> Bool {
        greeting.noteInput(&habit, hasRead: hasRead)
    }

    /// The client has closed the connection.
    ///
    /// - Returns: whether that is news that speaks against the configuration.
    package mutating func noteClosing(_ habit: inout GreetingHabit) -> Bool {
        greeting.noteClosing(&habit)
    }
}
