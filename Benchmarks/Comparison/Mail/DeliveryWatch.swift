// Follows a Postfix's log from a moment on, until all mail is delivered.

import Foundation
import LoadEngine
import ThrowawayServers

struct DeliveryWatch {
    private let file: FileHandle
    private(set) var log = DeliveryLog()

    /// What is in the log already does not count.
    init(_ postfix: PostfixInstance) throws {
        guard let file = FileHandle(forReadingAtPath: postfix.logPath) else {
            throw SupportError("cannot read \(postfix.logPath)")
        }
        self.file = file
        try file.seekToEnd()
    }

    /// Returns when so many recipients have their mail, or it was bounced or deferred.
    mutating func wait(for count: Int) throws {
        try waitUntil("\(count) deliveries: \(log.delivered.count)", within: 300) {
            if let some = try file.readToEnd() { log.append(some) }
            return log.delivered.count + log.undelivered.count >= count
        }
    }
}
