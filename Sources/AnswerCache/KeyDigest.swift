// The hash by which notifications name keys, and which names servers.

package enum KeyDigest {
    /// The first eight bytes of a text's SHA-256, the first byte highest.
    package static func hash(of text: Span<UInt8>) -> UInt64 {
        let digest = SHA256.digest(of: text)
        return UInt64(digest[0]) << 32 | UInt64(digest[1])
    }
}
