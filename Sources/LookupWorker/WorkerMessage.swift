// What goes into a worker and what comes out, across threads.

package import AnswerCache
package import EventLoop
package import LookupStatistics

/// What a worker is told from outside its thread.
package enum WorkerMessage: Sendable {
    /// Serve this configuration on these sockets from now on.
    case adopt(WorkerConfiguration)
    /// Take in the client with this connected socket, and own the socket.
    case serve(client: Int32)
    /// Report what has been counted until now.
    case report(number: Int, to: Mailbox<WorkerReport>)
    /// Post this number, to show that the loop turns.
    case giveSignOfLife(Int, to: Mailbox<Int>)
    /// Have the lookups of this target wait for `nanoseconds` at most, and send its database no query; nil: all
    /// targets.
    case pause(target: String?, nanoseconds: Int64)
    /// End the pause of this target; nil: of all targets.
    case resume(target: String?)
    /// News for what is kept, in their order.
    case news([CacheNews])
    /// Forget what is kept of this map, or of all maps; with a key, what is kept for that.
    case flush(map: String?, key: [UInt8]?)
    /// Say in the next report what is kept for a key.
    case look(map: String, key: [UInt8], number: Int)
    /// Accept no more clients, and end when the last one has left.
    case retire
    /// Accept no more clients, answer what has been asked, then end. End after `nanoseconds` in any case.
    case drain(nanoseconds: Int64)
}

/// What a worker has counted, and how it has taken the latest configuration.
package struct WorkerReport: Sendable {
    package let number: Int
    package let statistics: StatisticsSnapshot
    /// Why the configuration could not be served; nil if it is.
    package let adoptionFailure: SystemError?
    /// What looks since the last report have found, by their numbers.
    package let looks: [Int: [String]]
}
