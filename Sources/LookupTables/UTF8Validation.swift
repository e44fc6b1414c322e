// Tells UTF-8 from other bytes without building a String.

package enum UTF8Validation {
    /// True for valid UTF-8 (RFC 3629), as Postfix's valid_utf8_string() decides: no overlong forms, no
    /// surrogates, nothing above U+10FFFF.
    package static func isValid(_ bytes: Span<UInt8>) -> Bool {
        let isASCII = !bytes.containsWord { $0 & 0x8080_8080_8080_8080 != 0 }
        return isASCII || (try? UTF8Span(validating: bytes)) != nil
    }
}
