// SHA-256, as FIPS 180-4 defines it: PostgreSQL's sha256() computes the same.

enum SHA256 {
    /// The eight words of a message's digest. Nothing is allocated: this is done for lookups that are to be kept.
    static func digest(of message: Span<UInt8>) -> InlineArray<8, UInt32> {
        var state: InlineArray<8, UInt32> = [
            0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
            0x5be0_cd19,
        ]
        var schedule = InlineArray<64, UInt32>(repeating: 0)
        // The message, a 1 bit, zeros, and the length in bits.
        let blocks = (message.count + 9 + 63) / 64
        for block in 0..<blocks {
            for word in 0..<16 {
                var value: UInt32 = 0
                for place in 0..<4 {
                    let index = block * 64 + word * 4 + place
                    let byte: UInt8 =
                        index < message.count ? message[index] : index == message.count ? 0x80 : 0
                    value = value << 8 | UInt32(byte)
                }
                schedule[word] = value
            }
            if block == blocks - 1 {
                let bits = UInt64(message.count) * 8
                schedule[14] = UInt32(truncatingIfNeeded: bits >> 32)
                schedule[15] = UInt32(truncatingIfNeeded: bits)
            }
            compress(&state, &schedule)
        }
        return state
    }

    private static func compress(
        _ state: inout InlineArray<8, UInt32>, _ schedule: inout InlineArray<64, UInt32>
    ) {
        for word in 16..<64 {
            let (early, late) = (schedule[word - 15], schedule[word - 2])
            let one = rotated(early, 7) ^ rotated(early, 18) ^ early >> 3
            let other = rotated(late, 17) ^ rotated(late, 19) ^ late >> 10
            schedule[word] = schedule[word - 16] &+ one &+ schedule[word - 7] &+ other
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for round in 0..<64 {
            let first =
                h &+ (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) &+ (e & f ^ ~e & g)
                &+ constants[round] &+ schedule[round]
            let second = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) &+ (a & b ^ a & c ^ b & c)
            (h, g, f, e) = (g, f, e, d &+ first)
            (d, c, b, a) = (c, b, a, first &+ second)
        }
        let sum: InlineArray<8, UInt32> = [a, b, c, d, e, f, g, h]
        for word in sum.indices { state[word] &+= sum[word] }
    }

    private static func rotated(_ word: UInt32, _ bits: UInt32) -> UInt32 {
        word >> bits | word << (32 - bits)
    }

    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
        0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7,
        0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc,
        0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351,
        0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e,
        0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585,
        0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f,
        0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
        0xc671_78f2,
    ]
}
