// Case folding of lookup keys, as Postfix does it before it asks a fixed-string table.

internal import LookupValues

package enum KeyFolding {
    /// How much of a key is folded.
    package enum Extent: Sendable {
        case none
        /// Capital letters of ASCII, as lowercase(3) in Postfix does it.
        case onlyASCII
        case full
    }

    /// The key, folded to that extent. Nil for a key that is not valid UTF-8, and for the extent `none`.
    package static func fold(_ key: Span<UInt8>, _ extent: Extent) -> [UInt8]? {
        switch extent {
        case .none:
            return nil
        case .onlyASCII:
            guard UTF8Validation.isValid(key) else { return nil }
            var folded = [UInt8](copying: key)
            var output = folded.mutableSpan
            for index in output.indices { output[index] = output[index].lowercased }
            return folded
        case .full:
            return fold(key)
        }
    }

    /// Whether the key is its own folding at first sight: ASCII without a capital letter, as most addresses are.
    package static func isFolded(_ key: Span<UInt8>) -> Bool {
        !key.containsWord { word in
            // Without bytes beyond ASCII no sum carries into the next byte: its highest bit says "A or more", "more than Z".
            let isAtLeastA = word &+ 0x3F3F_3F3F_3F3F_3F3F
            let isBeyondZ = word &+ 0x2525_2525_2525_2525
            return (word | isAtLeastA & ~isBeyondZ) & 0x8080_8080_8080_8080 != 0
        }
    }

    /// The key's full case folding, as ucasemap_utf8FoldCase() in Postfix's casefold(3) does it: ß becomes
    /// ss, ς becomes σ, nothing is normalized. Nil for a key that is not valid UTF-8.
    package static func fold(_ key: Span<UInt8>) -> [UInt8]? {
        var union: UInt8 = 0
        // Array's initializers that take a count look up the type of its storage each time: that costs more than the rest.
        var folded = [UInt8](copying: key)
        var output = folded.mutableSpan
        for index in output.indices {
            let byte = output[index]
            union |= byte
            output[index] = byte.lowercased
        }
        return union < 0x80 ? folded : foldScalars(key)
    }

    private static func foldScalars(_ key: Span<UInt8>) -> [UInt8]? {
        guard let text = try? UTF8Span(validating: key) else { return nil }
        var folded: [UInt8] = []
        folded.reserveCapacity(key.count)
        var scalars = text.makeUnicodeScalarIterator()
        while let scalar = scalars.next() {
            if scalar.isASCII {
                folded.append(UInt8(ascii: scalar).lowercased)
            } else {
                folded.append(contentsOf: foldedText(scalar).utf8)
            }
        }
        return folded
    }

    /// The standard library has no case folding. That of nearly every scalar is the lower case of its upper
    /// case, both with full mappings; a test compares this with Unicode's table, all of whose exceptions are
    /// here.
    private static func foldedText(_ scalar: Unicode.Scalar) -> String {
        switch scalar.value {
        case 0x0131:  // Dotless i stays apart from i outside Turkish.
            return String(scalar)
        case 0x1E9E:  // Capital sharp s has no upper case that would lead to ss.
            return "ss"
        case 0x13A0...0x13F5:  // Cherokee folds to its capital letters.
            return String(scalar)
        case 0x13F8...0x13FD, 0xAB70...0xABBF:
            return scalar.properties.uppercaseMapping
        default:
            return scalar.properties.uppercaseMapping.unicodeScalars.reduce(into: "") { text, capital in
                text += capital.properties.lowercaseMapping
            }
        }
    }
}
