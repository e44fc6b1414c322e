// The messages that a relay gets: whom from, whom to, and where each must end.

internal import LookupValues

/// Draws messages. Few domains, addresses, clients and senders make up most of them, by Zipf's distribution; a seed has the
/// same ones each time.
package struct MailMix: Sendable {
    package struct Recipient: Equatable, Sendable {
        package let address: String
        /// Where its mail ends; nil: in no table, so that it must be refused.
        package let delivered: String?
    }

    package struct Message: Equatable, Sendable {
        package let clientAddress: String
        package let clientName: String
        package let sender: String
        /// One that is known, after one that is not in some messages.
        package let recipients: [Recipient]
    }

    /// An alias leads to the mailbox of the address this much further on.
    static let aliasDistance = 4
    private static let extensionsInTen = 3
    private static let unknownInTen = 1

    package let addressCount: Int
    /// A multiple of ten: of ten domains, four have aliases, four mailboxes, and two are relayed to.
    package let domainCount: Int
    private let domains: Zipf
    private let addressesOfDomain: Zipf
    private let clients = Zipf(count: 65_536)
    private let senders = Zipf(count: 10_000)
    private var random = SplitMix64(seed: 0)

    /// - Parameter addresses: how many there are, at least 1000.
    package init(addresses: Int) {
        precondition(addresses >= 1_000)
        addressCount = addresses
        domainCount = min(1_000, addresses / 1_000 * 10)
        domains = Zipf(count: domainCount)
        addressesOfDomain = Zipf(count: addresses / domainCount)
    }

    /// Begins with the messages of a seed.
    package mutating func begin(seed: UInt64) {
        random = SplitMix64(seed: seed)
    }

    package mutating func next() -> Message {
        // Seven is no factor of the count: those that come most are of all kinds.
        let domain = domains.rank(draw()) * 7 % domainCount
        let number = domain + domainCount * addressesOfDomain.rank(draw())
        let mark = drawsOneOfTen(below: Self.extensionsInTen) ? "+news" : ""
        var recipients: [Recipient] = []
        if drawsOneOfTen(below: Self.unknownInTen) {
            recipients.append(Recipient(address: "nobody\(number)@example\(domain).com", delivered: nil))
        }
        let target = domain % 10 < 4 ? number + Self.aliasDistance : number
        recipients.append(
            Recipient(address: address(number, mark), delivered: address(target, mark)))
        let client = clients.rank(draw())
        let sender = senders.rank(draw())
        return Message(
            clientAddress: "10.\(client >> 8).\(client & 255).9",
            clientName: "out.mx\(client).example.org",
            sender: "sender\(sender)@corp\(sender % 1_000).example.net", recipients: recipients)
    }

    private func address(_ number: Int, _ mark: String) -> String {
        "user\(number)\(mark)@example\(number % domainCount).com"
    }

    private mutating func draw() -> UInt32 { UInt32(truncatingIfNeeded: random.next() >> 32) }

    private mutating func drawsOneOfTen(below limit: Int) -> Bool { random.next() % 10 < UInt64(limit) }
}
