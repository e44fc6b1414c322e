// Random numbers that are the same in every run, so that a failure can be looked at again.

/// SplitMix64, by Sebastiano Vigna.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Bytes that look enough like netstrings to get past the first digit now and then.
    mutating func netstringLikeBytes(upTo count: Int) -> [UInt8] {
        let alphabet = Array("0123456789::,,, ab-+\0".utf8)
        return (0..<Int.random(in: 0...count, using: &self)).map { _ in
            Int.random(in: 0..<8, using: &self) == 0
                ? UInt8.random(in: 0...255, using: &self)
                : alphabet[Int.random(in: 0..<alphabet.count, using: &self)]
        }
    }
}
