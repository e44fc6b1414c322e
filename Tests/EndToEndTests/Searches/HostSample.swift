// Names and addresses of clients, and what they call themselves, to ask Postfix about.

import LookupValues
import TestSupport

struct HostSample: Sendable {
    /// As XCLIENT has them; the names may be `[UNAVAILABLE]`.
    let address: String
    let name: String
    let reverseName: String
    let helo: String

    /// What Postfix may ask for.
    var firstKeys: [String] {
        let plain = address.hasPrefix("IPV6:") ? String(address.dropFirst(5)) : address
        let names = [name, reverseName].map { $0.hasPrefix("[") ? "unknown" : $0.lowercased() }
        return names + [Self.mapped[plain] ?? plain]
    }

    var heloKey: String { helo.lowercased() }

    /// Hosts that say where they are: their addresses need no name server.
    static let literal = ["[192.0.2.7]", "[IPv6:2001:db8::1:2]", "[10.0.0.1]", "[IPv6:2001:DB8::1]"].map {
        HostSample(address: "203.0.113.5", name: "mx.a.test", reverseName: "mx.a.test", helo: $0)
    }

    static let hard: [HostSample] = zip(helos, addresses + addresses + addresses + addresses).enumerated().map
    { number, pair in
        HostSample(
            address: pair.1, name: names[number % names.count],
            reverseName: names[(number + 1) % names.count],
            helo: pair.0)
    }

    static func random(_ count: Int, _ numbers: inout SplitMix64) -> [HostSample] {
        (0..<count).map { _ in
            func labels(_ most: Int) -> String {
                (0...numbers.below(most)).map { _ in parts[numbers.below(parts.count)] }.joined(
                    separator: ".")
            }
            var helo = labels(7)
            switch numbers.below(5) {
            case 0: helo += "."
            case 1: helo = "." + helo
            case 2: helo = helo.replacing(".", with: "..", maxReplacements: 1)
            default: break
            }
            let address = (0..<4).map { _ in "\(1 + numbers.below(250))" }.joined(separator: ".")
            return HostSample(
                address: address, name: "\(labels(5)).test", reverseName: "\(labels(5)).test", helo: helo)
        }
    }

    /// What Postfix makes of an address that is not in its shortest form.
    private static let mapped = [
        "::ffff:192.0.2.1": "192.0.2.1", "2001:db8:0:0:1:2:3:4": "2001:db8::1:2:3:4",
    ]

    private static let parts = ["a", "bb", "x-y", "0", "mx1", "192", "h_h"]

    private static let addresses = [
        "203.0.113.5", "IPV6:2001:db8::1:2", "IPV6:::1", "IPV6:2001:db8:0:0:1:2:3:4", "IPV6:::ffff:192.0.2.1",
        "10.0.0.1",
        "IPV6:fe80::1", "IPV6:2001:db8::",
    ]

    private static let names = [
        "mx.a.b.test", "[UNAVAILABLE]", "[TEMPUNAVAIL]", "one", "MX.A.test", "host_.x-y.test",
        Array(repeating: "ab", count: 80).joined(separator: "."),
        Array(repeating: "a", count: 127).joined(separator: "."),
    ]

    private static let helos = [
        "a.b.test", "a.b.test.", "a..b.test", ".a.b", ".", "..", "...", "[192.0.2.7]", "192.0.2.7", "192.0.2",
        "192.0.2.7.",
        "[IPv6:2001:db8::1]", "2001:db8::1", "[IPv6:2001:db8::1", "A.B", "localhost", "unknown", "-x.y-",
        "a.b.test..",
        "[1.2.3.4].", "[1.2.3.4", "1.2.3.256", "01.2.3.4", "::ffff:1.2.3.4", "::", "2001:db8:",
        Array(repeating: "a", count: 127).joined(separator: "."),
        Array(repeating: "a", count: 500).joined(separator: "."),
    ]
}
