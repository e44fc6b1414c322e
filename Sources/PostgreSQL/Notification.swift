// What NOTIFY sends to those who LISTEN.

internal import CLibpq

/// A notification. Any role that may connect to the database can send it.
package struct Notification: Equatable, Sendable {
    package let channel: String
    /// At most 8,000 bytes.
    package let payload: String

    init(_ notification: PGnotify) {
        channel = unsafe notification.relname.map { unsafe String(cString: $0) } ?? ""
        payload = unsafe notification.extra.map { unsafe String(cString: $0) } ?? ""
    }
}
