// How a pool ends.

extension TargetPool {
    /// Takes no more lookups; closes each connection when it is no longer needed.
    package mutating func shutDown() {
        isDispatchDue = true
        isShuttingDown = true
    }

    /// Whether no lookup is unanswered and no connection is left.
    package var isFinished: Bool {
        lookups.count == 0 && connections.allSatisfy { $0.phase == .idle }
    }

    /// Lookups without an answer, waiting or in flight.
    package var unanswered: Int { lookups.count }
}
