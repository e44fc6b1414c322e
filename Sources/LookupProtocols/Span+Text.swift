// Comparing bytes that have come with texts of the program's own, and writing numbers.

extension Span<UInt8> {
    /// How many of the text's bytes these bytes begin with.
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
    /// Appends a number, which is not negative, in decimal digits.
    mutating func append(decimal number: Int) {
        if number >= 10 { append(decimal: number / 10) }
        append(UInt8(ascii: "0") + UInt8(number % 10))
    }
}
