// The hash by which notifications name keys.

import AnswerCache
import Testing

@Suite("The hash by which notifications name keys")
struct KeyDigestTests {
    /// The first two by NIST's examples of SHA-256, the others by sha256sum(1).
    @Test(
        "It is the first eight bytes of SHA-256",
        arguments: [
            ("abc", 0xba78_16bf_8f01_cfea),
            ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 0x248d_6a61_d206_38b8),
            ("", 0xe3b0_c442_98fc_1c14),
            ("alice@example.com", 0xff8d_9819_fc0e_12bf),
        ] as [(String, UInt64)])
    func examples(text: String, hash: UInt64) {
        #expect(KeyDigest.hash(of: Array(text.utf8).span) == hash)
    }

    @Test("A text of any length around a block's end has the hash of its own")
    func lengths() {
        let hashes = (0..<200).map { KeyDigest.hash(of: [UInt8](repeating: 97, count: $0).span) }
        #expect(Set(hashes).count == 200)
        #expect(hashes[55] == 0x9f4390f8d30c2dd9 && hashes[56] == 0xb35439a4ac6f0948)
        #expect(hashes[64] == 0xffe054fe7ae0cb6d && hashes[119] == 0x31eba51c313a5c08)
    }
}
