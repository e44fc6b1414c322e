// What clients ask for, one lookup after the other.

internal import LookupValues

package enum WorkloadKind: String, CaseIterable, Sendable {
    /// All addresses in a random order, none twice before all were asked for; one in 50 is in no table.
    case unique
    /// What a relay asks for a message: is the domain ours, where does the address go, if nowhere: is there a catch-all,
    /// what of the client, how to deliver. Few domains, addresses and clients make up most of it; 30 % are in no table.
    case mailmix
    /// Few addresses, in any order; one in 50 is in no table.
    case hot
}

package struct Workload: Sendable {
    /// Where a client is in its message; of no use to `unique`.
    package struct Place: Sendable {
        fileprivate var next = Step.domain
        fileprivate var domain = 0
        package init() {}
    }

    fileprivate enum Step: Sendable {
        case domain, address, catchAll, client, transport
    }

    /// How many addresses are hot.
    package static let hotAddresses = 1_000
    private static let missesInTen = 3
    /// Domains whose number is a multiple of `Question.gap` have no addresses, as all of theirs would be left out.
    private static let domainCount = 1_000 - 1_000 / Question.gap

    private let kind: WorkloadKind?
    private let addresses: Int
    private let domains = Zipf(count: Self.domainCount)
    private let addressesOfDomain: Zipf
    private let clients = Zipf(count: 65_536)
    private var random: SplitMix64
    /// Of `unique`: all addresses. Of that and of entries: how many questions were asked.
    private var order: [UInt32] = []
    private var asked = 0

    /// - Parameter addresses: how many there are, at least 1000.
    package init(_ kind: WorkloadKind, addresses: Int, seed: UInt64) {
        self.kind = kind
        self.addresses = addresses
        addressesOfDomain = Zipf(count: max(1, addresses / 1_000))
        random = SplitMix64(seed: seed)
        if kind == .unique {
            order = (1...UInt32(addresses)).map { $0 }
            order.shuffle(using: &random)
        }
    }

    /// Entries of one length, in blocks of `entryBlock`, each block `entryRepetitions` times: what keeps answers knows them as
    /// such that come again.
    ///
    /// - Parameter first: the number of the first, from 0 on.
    package init(entriesFrom first: Int) {
        kind = nil
        addresses = first
        addressesOfDomain = Zipf(count: 1)
        random = SplitMix64(seed: 0)
    }

    package static let entryBlock = 1_000
    package static let entryRepetitions = 4
    /// Bytes of a key and its value together.
    package static let entryLength = 2 * ("entry".utf8.count + Question.entryDigits)
    /// What answers them.
    package static let entryQuery = "SELECT replace('%s', 'entry', 'value')"

    package mutating func next(_ place: inout Place) -> Question {
        switch kind {
        case .unique:
            defer { asked = asked + 1 == order.count ? 0 : asked + 1 }
            return Question(address: Int(order[asked]))
        case .mailmix:
            return nextOfMessage(&place)
        case nil:
            defer { asked += 1 }
            let block = asked / (Self.entryBlock * Self.entryRepetitions)
            let number = addresses + block * Self.entryBlock + asked % Self.entryBlock
            return Question(.entry, number, isAbsent: false)
        case .hot:
            return Question(address: 1 + Int(random.next() % UInt64(Self.hotAddresses)))
        }
    }

    private mutating func nextOfMessage(_ place: inout Place) -> Question {
        let drawn = random.next()
        let isAbsent = drawn % 10 < Self.missesInTen
        let choice = UInt32(truncatingIfNeeded: drawn >> 32)
        switch place.next {
        case .domain:
            place.next = .address
            let rank = domains.rank(choice)
            // The numbers from 1 on, without the multiples of the gap.
            place.domain = rank + rank / (Question.gap - 1) + 1
            return Question(.domain, place.domain, isAbsent: isAbsent)
        case .address:
            place.next = isAbsent ? .catchAll : .client
            let number = place.domain + 1_000 * addressesOfDomain.rank(choice)
            return Question(.address, number, isAbsent: isAbsent)
        case .catchAll:
            place.next = .client
            return Question(.catchAll, place.domain, isAbsent: isAbsent)
        case .client:
            place.next = .transport
            return Question(.client, clients.rank(choice), isAbsent: isAbsent)
        case .transport:
            place.next = .domain
            return Question(.transport, place.domain, isAbsent: isAbsent)
        }
    }
}
