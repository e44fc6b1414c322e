// What hostile local clients do, and how hard: paced, so that what they cost is the daemon's doing and not their own.

import ArgumentParser

enum Attack: String, CaseIterable, ExpressibleByArgument {
    case slowWriters = "slow-writers"
    case slowAttributes = "slow-attributes"
    case neverReaders = "never-readers"
    case connectAndClose = "connect-and-close"
    case connectAndStay = "connect-and-stay"
    case giantLengths = "giant-lengths"
    case giantPayloads = "giant-payloads"
    case giantAttributes = "giant-attributes"
    case pipelining
    case unknownMaps = "unknown-maps"
    case halfClosed = "half-closed"
    case vanishing
    case idle

    var description: String {
        switch self {
        case .slowWriters: "5,000 clients write a byte now and then, 10,000 a second in all"
        case .slowAttributes: "200 proxymap clients end a 120 kB request byte by byte, 10,000 a second in all"
        case .neverReaders: "1,000 clients ask for long values and never read"
        case .connectAndClose: "3,000 a second connect and close"
        case .connectAndStay: "3,000 a second connect and say nothing, up to 12,000"
        case .giantLengths: "1,000 a second connect and announce 999,999,999 bytes"
        case .giantPayloads: "300 a second connect and send a payload of 100 kB"
        case .giantAttributes: "300 a second connect and send an attribute of 200 kB"
        case .pipelining: "20 clients keep 20,000 lookups each under way"
        case .unknownMaps: "20 clients pipeline requests for a map that nobody has"
        case .halfClosed: "1,000 a second ask, say that they have said all, and stay for a second"
        case .vanishing: "300 a second ask for 100 keys and hang up"
        case .idle: "50,000 clients connect and stay"
        }
    }

    /// How many processes it takes, each of which may have so many descriptors only.
    var processes: Int { self == .idle ? 4 : 1 }
}
