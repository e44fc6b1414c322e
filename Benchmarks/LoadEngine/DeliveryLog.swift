// What Postfix's log says of deliveries.

/// Takes pieces of the log in their order.
package struct DeliveryLog: Sendable {
    /// Whom mail was delivered to.
    package private(set) var delivered: [String] = []
    /// Lines of recipients whose mail was not delivered: bounced or deferred.
    package private(set) var undelivered: [String] = []
    private var line: [UInt8] = []

    package init() {}

    package mutating func append(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                note(String(decoding: line, as: UTF8.self))
                line.removeAll(keepingCapacity: true)
            } else {
                line.append(byte)
            }
        }
    }

    /// What is not as it must be: a recipient without mail, another's mail, mail that came back.
    ///
    /// - Parameter expected: whom mail must have been delivered to, once for each time.
    package func complaints(expecting expected: [String]) -> [String] {
        var balance: [String: Int] = [:]
        for recipient in expected { balance[recipient, default: 0] += 1 }
        for recipient in delivered { balance[recipient, default: 0] -= 1 }
        let different = balance.sorted { $0.key < $1.key }.flatMap { recipient, missing in
            Array(
                repeating: "\(recipient): \(missing > 0 ? "no mail" : "mail of another")", count: abs(missing)
            )
        }
        return different + undelivered
    }

    /// `…: QUEUEID: to=<recipient>, orig_to=<alias>, relay=…, status=sent (…)`
    private mutating func note(_ line: String) {
        guard let status = line.firstRange(of: ", status="), let start = line.firstRange(of: ": to=<"),
            let end = line[start.upperBound...].firstRange(of: ">,")
        else { return }
        if line[status.upperBound...].hasPrefix("sent ") {
            delivered.append(String(line[start.upperBound..<end.lowerBound]))
        } else {
            undelivered.append(line)
        }
    }
}
