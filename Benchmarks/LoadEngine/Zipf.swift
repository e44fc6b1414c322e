// Random ranks of which the first come far more often than the last, as domains and addresses do in mail.

internal import Glibc

/// Zipf's distribution: the rank `r`, counted from 0, has a share that is proportional to 1 / (r + 1) ^ exponent.
package struct Zipf: Sendable {
    /// For each rank the share of all up to it, in 2^32nds.
    private let cumulative: [UInt32]

    /// - Parameter count: how many ranks there are, at least 1.
    package init(count: Int, exponent: Double = 1) {
        precondition(count > 0)
        var total = 0.0
        let sums = (1...count).map { rank in
            total += 1 / pow(Double(rank), exponent)
            return total
        }
        cumulative = sums.map { UInt32(clamping: Int($0 / total * 4_294_967_296)) }
    }

    package var count: Int { cumulative.count }

    /// The rank that a random number stands for.
    package func rank(_ random: UInt32) -> Int {
        var (low, high) = (0, cumulative.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] > random { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
