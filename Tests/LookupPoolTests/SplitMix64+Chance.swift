// Random numbers that are the same in every run, so that a failure can be looked at again.

import LookupValues

extension SplitMix64 {
    mutating func below(_ bound: Int) -> Int {
        Int.random(in: 0..<bound, using: &self)
    }

    /// True once in `count` times.
    mutating func once(in count: Int) -> Bool {
        below(count) == 0
    }
}
