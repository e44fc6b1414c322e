// Random numbers below a bound, the same ones for the same seed in every version of Swift.

package import LookupValues

extension SplitMix64 {
    /// - Returns: 0 to `bound` - 1.
    package mutating func below(_ bound: Int) -> Int {
        Int(next() % UInt64(bound))
    }
}
