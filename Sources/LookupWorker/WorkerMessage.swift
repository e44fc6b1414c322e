// What goes into a worker and what comes out, across threads.

package import EventLoop
package import LookupStatistics

/// What a worker is told from outside its thread.
package enum WorkerMessage: Sendable {
    /// Serve this configuration from now on, on these sockets.
    case adopt(WorkerConfiguration)
    /// Take in a client whose connected socket this is, and own it.
    case serve(client: Int32)
    /// Say what has been counted until now.
    case report(number: Int, to: Mailbox<WorkerReport>)
    /// Post this number: it shows that the loop turns.
    case giveSignOfLife(Int, to: Mailbox<Int>)
    /// Have the lookups of this target wait for so many nanoseconds at most, and leave its database alone; nil: of all.
    case pause(target: String?, nanoseconds: Int64)
    /// End that.
    case resume(target: String?)
    /// Accept nobody any more, and end when the last client has left.
    case retire
    /// Accept nobody any more, answer what has been asked, then end. After `nanoseconds` end all the same.
    case drain(nanoseconds: Int64)
}

/// What a worker has counted, and how it has taken the latest configuration.
package struct WorkerReport: Sendable {
    package let number: Int
    package let statistics: StatisticsSnapshot
    /// Why the configuration could not be served; nil where it is.
    package let adoptionFailure: SystemError?
}
