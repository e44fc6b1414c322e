// Decides which users' clients are let in, so that one of several users can't take all the room.

/// Counts one worker's clients by user.
struct ClientUsers {
    enum Admission: Equatable {
        case admitted
        /// `allowed_users` does not name the user.
        case notAllowed
        /// The room that is left is kept for other users.
        case shareUsed
    }

    /// Users that may connect, besides root and this process's own; empty: any user that the sockets let in.
    var allowed: Set<UInt32> = []
    /// Root and this process's own user.
    private let privileged: Set<UInt32>
    private var counts: [UInt32: Int] = [:]
    private var total = 0

    init(own user: UInt32) {
        privileged = [0, user]
    }

    /// - Parameter user: nil if the kernel does not say.
    func isAllowed(_ user: UInt32?) -> Bool {
        if allowed.isEmpty { return true }
        guard let user else { return false }
        return privileged.contains(user) || allowed.contains(user)
    }

    /// Whether one more client of the user is let in, if there is room for `room` clients in all.
    ///
    /// If several users are named, each has a few places that no other user gets: together a tenth of all places.
    func admission(of user: UInt32?, room: Int) -> Admission {
        guard isAllowed(user) else { return .notAllowed }
        guard allowed.count > 1, let user else { return .admitted }
        let own = max(1, room / 10 / allowed.count)
        if allowed.contains(user) && counts[user, default: 0] < own { return .admitted }
        let kept = allowed.reduce(0) { kept, other in
            other == user ? kept : kept + max(0, own - counts[other, default: 0])
        }
        return total + kept < room ? .admitted : .shareUsed
    }

    mutating func begin(_ user: UInt32?) {
        total += 1
        if let user { counts[user, default: 0] += 1 }
    }

    mutating func end(_ user: UInt32?) {
        total -= 1
        guard let user else { return }
        // Not kept at zero: if any user may connect, there may be many over the years.
        counts[user] = counts[user].flatMap { $0 > 1 ? $0 - 1 : nil }
    }
}
