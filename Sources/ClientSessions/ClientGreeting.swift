// The greeting of one proxymap(8) client: when it is sent, and what it shows about the client.

/// Tells from a client's behaviour whether it waits for a greeting, and notes this in the habit of all clients.
struct ClientGreeting: Equatable, Sendable {
    private enum Phase {
        /// The greeting waits until the client has been silent for a while. `sent` or `done` follows.
        case pending
        /// The greeting was sent, and nothing has come from the client since. `early` or `done` follows.
        case sent
        /// A request came before the greeting was read. `done` follows with the next request; if the client closes the
        /// connection first, it has taken the greeting for the answer.
        case early
        /// The client has asked, or there is no greeting at all: nothing more can be learned.
        case done
    }

    /// What to do for a new client.
    enum Beginning: Equatable, Sendable {
        case greet
        /// The client is greeted if it stays silent.
        case wait
        case nothing
    }

    private var phase = Phase.done

    /// Whether anything can still be learned: no longer after a client's second request.
    var isOpen: Bool { phase != .done }

    init() {}

    /// A client has connected.
    ///
    /// - Parameter hasAsked: whether it has sent something already, so that it can't have waited.
    /// - Returns: what to do, and whether the client is the first sign against the configuration.
    mutating func begin(
        hasAsked: Bool, _ habit: inout GreetingHabit
    ) -> (beginning: Beginning, isNews: Bool) {
        if hasAsked {
            // A configured greeting is sent in any case: the client may only be quick.
            return (habit.isConfigured ? .greet : .nothing, habit.noteAsking())
        }
        phase = habit.greetsAtOnce ? .sent : .pending
        return (phase == .sent ? .greet : .wait, false)
    }

    /// A client that may wait has been silent for a while.
    ///
    /// - Returns: whether it is to be greeted now.
    mutating func noteSilence() -> Bool {
        guard phase == .pending else { return false }
        phase = .sent
        return true
    }

    /// Bytes have come from the client.
    ///
    /// - Parameter hasRead: whether the client has read the greeting; called only if that matters.
    /// - Returns: whether this is the first sign against the configuration.
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
    /// - Returns: whether this is the first sign against the configuration.
    mutating func noteClosing(_ habit: inout GreetingHabit) -> Bool {
        guard phase == .early else { return false }
        phase = .done
        return habit.noteAsking()
    }
}
