// A compiled text with placeholders, ready to be filled in for one key after the other.

internal import LookupValues

/// Text pieces and placeholders in turn. The pieces point into one buffer, so filling in copies bytes and
/// allocates nothing.
struct Template: Equatable {
    private enum Piece: Equatable {
        case text(Range<Int>)
        case placeholder(Placeholder)
    }

    private var text: [UInt8] = []
    private var pieces: [Piece] = []

    mutating func append(_ element: TemplateElement) {
        switch element {
        case .byte(let byte):
            if case .text(let range) = pieces.last {
                pieces[pieces.count - 1] = .text(range.lowerBound..<range.upperBound + 1)
            } else {
                pieces.append(.text(text.count..<text.count + 1))
            }
            text.append(byte)
        case .placeholder(let placeholder):
            pieces.append(.placeholder(placeholder))
        }
    }

    /// Appends the text with the parts of value and key put in by `insert`, as db_common_expand() does.
    /// Both must meet the placeholders' `AddressRequirements`.
    func expand(
        value: Span<UInt8>, key: Span<UInt8>, into output: inout [UInt8],
        insert: (Span<UInt8>, inout [UInt8]) -> Void
    ) {
        for piece in pieces {
            switch piece {
            case .text(let range):
                output.append(text.span.extracting(range))
            case .placeholder(let placeholder) where placeholder.isAlwaysOfKey:
                insert(key.extracting(placeholder.part.range(in: key)), &output)
            case .placeholder(let placeholder):
                insert(value.extracting(placeholder.part.range(in: value)), &output)
            }
        }
    }
}
