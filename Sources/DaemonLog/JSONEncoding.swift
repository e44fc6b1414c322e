// Values as JSON that may be displayed: without control characters and other invisible characters.

internal import FoundationEssentials
internal import LookupValues

/// JSON, with the members of each object sorted by name.
package func encoded(_ value: some Encodable, isPretty: Bool = false) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
    do {
        let text = String(decoding: try encoder.encode(value), as: UTF8.self)
        return Array(text.shownJSON.utf8)
    } catch {
        fatalError("a \(type(of: value)) can't be written as JSON: \(error)")
    }
}
