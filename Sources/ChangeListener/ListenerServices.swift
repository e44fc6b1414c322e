// What all leases of the listening thread share.

internal import Databases
internal import EventLoop

/// What all targets share.
struct ListenerServices {
    let loop: EventLoop
    let connector: Connector
    let errands: Errands
    let log: ListenerLog
    let analyse: Analysis
}
