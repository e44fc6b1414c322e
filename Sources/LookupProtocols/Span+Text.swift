// Compares received bytes with constant texts, and writes numbers.

extension Span<UInt8> {
    /// The number of bytes that these bytes and the text have in common at their beginning.
    func prefixLength(sharedWith text: StaticString) -> Int {
        text.withUTF8Buffer { text in
            var length = 0
            while length < text.count, length < count, unsafe text[length] == self[length] { length += 1 }
            return length
        }
    }

    /// Whether these bytes begin with the text.
    func begins(with text: StaticString) -> Bool {
        prefixLength(sharedWith: text) == text.utf8CodeUnitCount
    }
}

extension OutputSpan<UInt8> {
    /// Appends a number, which must not be negative, in decimal digits.
    mutating func append(decimal number: Int) {
        if number >= 10 { append(decimal: number / 10) }
        append(UInt8(ascii: "0") + UInt8(number % 10))
    }
}
