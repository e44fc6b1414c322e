// Tells UTF-8 from other bytes without building a String.

package enum UTF8Validation {
    /// True for valid UTF-8 (RFC 3629), as Postfix's valid_utf8_string() decides: no overlong forms, no
    /// surrogates, nothing above U+10FFFF.
    package static func isValid(_ bytes: Span<UInt8>) -> Bool {
        var union: UInt8 = 0
        for index in bytes.indices { union |= bytes[index] }
        return union < 0x80 || (try? UTF8Span(validating: bytes)) != nil
    }
}
