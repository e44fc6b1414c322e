// `result_format`: how one value of a result becomes text of the answer.

internal import LookupValues

/// A compiled `result_format`.
package struct ResultFormat: Equatable, Sendable {
    private let template: Template
    /// The format is `%s`, as in nearly every table: it needs no key.
    package let isPlain: Bool
    private let valueRequirements: AddressRequirements
    /// What a key must have; a key without it is not even looked up.
    let keyRequirements: AddressRequirements

    package static func compile(_ text: String) throws(TemplateError) -> ResultFormat {
        var template = Template()
        var value = AddressRequirements()
        var key = AddressRequirements()
        for element in try TemplateElement.parse(text) {
            template.append(element)
            guard case .placeholder(let placeholder) = element else { continue }
            if placeholder.isAlwaysOfKey {
                key.insert(placeholder.part)
            } else {
                value.insert(placeholder.part)
            }
        }
        return ResultFormat(
            template: template, isPlain: text == "%s", valueRequirements: value, keyRequirements: key)
    }

    /// Appends one formatted value. False, with nothing appended, for a value to be skipped: it is empty, or
    /// lacks the local part or the domain that the format wants. The key is one that the table admits.
    package func append(value: Span<UInt8>, key: Span<UInt8>, into output: inout [UInt8]) -> Bool {
        guard !value.isEmpty else { return false }
        if isPlain {
            output.append(value)
            return true
        }
        guard valueRequirements.areMet(by: value, AddressParts(value)) else { return false }
        template.expand(value: value, key: key, into: &output) { $1.append($0) }
        return true
    }
}
