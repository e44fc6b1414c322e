// A set of hosts.

/// Some of a pool's hosts. Those beyond the 64th count as one: no configuration has so many.
struct HostSet: Equatable, BitwiseCopyable {
    private var bits: UInt64 = 0

    private static func bit(_ host: Int) -> UInt64 { 1 << UInt64(min(host, 63)) }

    var isEmpty: Bool { bits == 0 }

    mutating func insert(_ host: Int) { bits |= Self.bit(host) }

    func contains(_ host: Int) -> Bool { bits & Self.bit(host) != 0 }
}
