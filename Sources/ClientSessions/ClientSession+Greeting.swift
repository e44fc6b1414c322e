// Greets a client that may wait for a greeting.

internal import LookupProtocols
internal import LookupValues

extension ClientSession {
    /// What to do for a new client.
    package struct Beginning: Equatable, Sendable {
        /// Whether the client is greeted, so that there are bytes to send.
        package let isGreeted: Bool
        /// Whether `greetIfSilent` is to be called when the client has been silent for a while.
        package let waits: Bool
        /// Whether the client is the first sign against the configuration.
        package let isNews: Bool
    }

    /// The client has connected.
    ///
    /// - Parameter hasAsked: whether the client has sent something already; called only if that matters.
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
    /// - Returns: whether it is greeted now, so that there are bytes to send.
    package mutating func greetIfSilent() -> Bool {
        guard isReading && greeting.noteSilence() else { return false }
        owed.greet()
        return true
    }

    /// Whether anything can still be learned about how the client treats greetings.
    package var isGreetingOpen: Bool { greeting.isOpen }

    /// Bytes have come from the client.
    ///
    /// - Parameter hasRead: whether the client has read the greeting; called only if that matters.
    /// - Returns: whether this is the first sign against the configuration.
    package mutating func noteInput(_ habit: inout GreetingHabit, hasRead: () -> Bool) -> Bool {
        greeting.noteInput(&habit, hasRead: hasRead)
    }

    /// The client has closed the connection.
    ///
    /// - Returns: whether this is the first sign against the configuration.
    package mutating func noteClosing(_ habit: inout GreetingHabit) -> Bool {
        greeting.noteClosing(&habit)
    }
}
