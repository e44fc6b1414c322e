// Takes a key or a value apart at its last `@`, for the `%` expansions.

/// Where a text of the form user@domain divides: at its last `@`, as db_common_expand() finds it.
///
/// Holds positions only, so that it costs nothing to make and to pass; they belong to the text it was made
/// of.
package struct AddressParts: Equatable, Sendable {
    let length: Int
    /// The position of the last `@`; nil for a text without one.
    let at: Int?

    package init(_ text: Span<UInt8>) {
        length = text.count
        var position = text.count - 1
        while position >= 0, text[position] != UInt8(ascii: "@") { position -= 1 }
        at = position < 0 ? nil : position
    }

    /// The whole text if it has no `@`.
    var localPart: Range<Int> { 0..<(at ?? length) }

    /// Empty if the text has no `@`.
    var domain: Range<Int> { (at.map { $0 + 1 } ?? length)..<length }

    /// The label of the domain at this place from the right, counted from 1, in the text the parts were made
    /// of. Empty labels don't count, as argv_split() skips them. Nil if there are fewer.
    func label(_ place: Int, of text: Span<UInt8>) -> Range<Int>? {
        let dot = UInt8(ascii: ".")
        var end = domain.upperBound
        for remaining in stride(from: place, through: 1, by: -1) {
            while end > domain.lowerBound, text[end - 1] == dot { end -= 1 }
            var start = end
            while start > domain.lowerBound, text[start - 1] != dot { start -= 1 }
            guard start < end else { return nil }
            guard remaining > 1 else { return start..<end }
            end = start
        }
        return nil
    }
}

extension Placeholder.Part {
    /// Where this part of a text is.
    func range(in text: Span<UInt8>) -> Range<Int> {
        switch self {
        // Nearly always; then it does not matter where the text divides.
        case .whole: return 0..<text.count
        case .localPart: return AddressParts(text).localPart
        case .domain: return AddressParts(text).domain
        case .label(let place):
            guard let range = AddressParts(text).label(place, of: text) else {
                preconditionFailure("AddressRequirements let a text with too few labels pass")
            }
            return range
        }
    }
}

/// What a text must have for the placeholders of a template; the flags of db_common_parse().
struct AddressRequirements: Equatable {
    private var needsDomain = false
    private var needsLocalPart = false
    /// How many the domain must have.
    private(set) var labels = 0

    /// Nothing is required, so that no text need be looked at.
    var isEmpty: Bool { !needsDomain && !needsLocalPart }

    mutating func insert(_ part: Placeholder.Part) {
        switch part {
        case .whole: break
        case .localPart: needsLocalPart = true
        case .domain: needsDomain = true
        case .label(let place):
            needsDomain = true
            labels = max(labels, place)
        }
    }

    func union(_ other: AddressRequirements) -> AddressRequirements {
        var union = self
        union.needsDomain = needsDomain || other.needsDomain
        union.needsLocalPart = needsLocalPart || other.needsLocalPart
        union.labels = max(labels, other.labels)
        return union
    }

    /// A local part is required not to be empty; a text without `@` is all local part.
    func areMet(by text: Span<UInt8>, _ parts: AddressParts) -> Bool {
        if needsDomain && parts.domain.isEmpty { return false }
        if needsLocalPart && parts.at == 0 { return false }
        return labels == 0 || parts.label(labels, of: text) != nil
    }
}
