// A set of hosts.

/// Some of a pool's hosts. Those beyond the 64th count as one: no configuration has so many.
package struct HostSet: Equatable, BitwiseCopyable {
    private var bits: UInt64 = 0

    package init() {}

    private static func bit(_ host: Int) -> UInt64 { 1 << UInt64(min(host, 63)) }

    package var isEmpty: Bool { bits == 0 }

    package mutating func insert(_ host: Int) { bits |= Self.bit(host) }

    package func contains(_ host: Int) -> Bool { bits & Self.bit(host) != 0 }
}
