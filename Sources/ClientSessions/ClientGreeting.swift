// One client of a proxymap(8) and the greeting: when it gets one, and what it shows of its kind.

/// Tells by what a client does whether it waits for a greeting, and notes that in the habit of all.
struct ClientGreeting: Equatable, Sendable {
    private enum Phase {
        /// It waits for the client to be silent for a while. `sent` or `done` follows.
        case pending
        /// It was sent, and nothing has come since. `early` or `done` follows.
        case sent
        /// A request came before the greeting was read. `done` follows with the next one; if the client closes the connection
        /// first, it has taken the greeting for the answer.
        case early
        /// The client has asked, or there is no greeting at all: there is nothing more to be learned.
        case done
    }

    /// What is to be done for a client that has come.
    enum Beginning: Equatable, Sendable {
        case greet
        /// It is greeted if it goes on being silent.
        case wait
        case nothing
    }

    private var phase = Phase.done

    /// Whether there is anything to be learned yet: for a client with more than one request no more.
    var isOpen: Bool { phase != .done }

    init() {}

    /// A client has come.
    ///
    /// - Parameter hasAsked: whether it has said something already, so that it can't have waited.
    /// - Returns: what is to be done, and whether the client is news that speaks against the configuration.
    mutating func begin(
        hasAsked: Bool, _ habit: inout GreetingHabit
    ) -> (beginning: Beginning, isNews: Bool) {
        if hasAsked {
            // What is configured is sent all the same: it may only be quick.
            return (habit.isConfigured ? .greet : .nothing, habit.noteAsking())
        }
        phase = habit.greetsAtOnce ? .sent : .pending
        return (phase == .sent ? .greet : .wait, false)
    }

    /// A client that was to wait has been silent for a while.
    ///
    /// - Returns: whether it is to be greeted now.
    mutating func noteSilence() -> Bool {
        guard phase == .pending else { return false }
        phase = .sent
        return true
    }

    /// Something has come of the client.
    ///
    /// - Parameter hasRead: whether it has read the greeting; asked for only where that matters.
    /// - Returns: whether that is news that speaks against the configuration.
    mutating func noteInput(_ habit: inout GreetingHabit, hasRead: () -> Bool) -> Bool {
        switch phase {
        case .done:
            return false
        case .pending:
            phase = .done
            return habit.noteAsking()
        case .sent where !habit.hasSeenWaiting && !hasRead():
            phase = .early
            return false
        case .sent, .early:
            phase = .done
            return habit.noteWaiting()
        }
    }

    /// The client has closed the connection.
    ///
    /// - Returns: whether that is news that speaks against the configuration.
    mutating func noteClosing(_ habit: inout GreetingHabit) -> Bool {
        guard phase == .early else { return false }
        phase = .done
        return habit.noteAsking()
    }
}
