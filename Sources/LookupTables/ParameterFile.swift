// Reads main.cf syntax: pgsql_table(5) files and mapmux.conf are lists of `name = value`.

internal import LookupValues

/// The parameters of a file in main.cf syntax, as readlline(3), split_nameval(3) and dict_load_fp() read it.
///
/// A line that starts with white space continues the one before, also across blank lines and comments; the
/// newline between them is dropped, so `--` in a query comments out all that follows. Values are not
/// `$`-expanded.
package struct ParameterFile: Sendable {
    /// One `name = value`, white space around both removed.
    package struct Parameter: Equatable, Sendable {
        package let name: String
        package let value: String
        /// The line of the name.
        package let line: Int

        package init(name: String, value: String, line: Int) {
            self.name = name
            self.value = value
            self.line = line
        }
    }

    package let path: String
    /// In the order of the file. Of a repeated name only the last is kept, as in Postfix.
    package private(set) var parameters: [Parameter] = []

    /// Reads all parameters that can be read; a line that can't is reported and left out.
    package init(path: String, contents: [UInt8], diagnostics: inout [Diagnostic]) {
        self.path = path
        for line in LogicalLine.split(contents) {
            do {
                add(try Self.parameter(line), diagnostics: &diagnostics)
            } catch {
                diagnostics.append(
                    Diagnostic(
                        severity: error.severity, file: path, line: line.number, message: error.description))
            }
        }
    }

    package subscript(name: String) -> Parameter? {
        parameters.first { $0.name == name }
    }

    private mutating func add(_ parameter: Parameter, diagnostics: inout [Diagnostic]) {
        if let index = parameters.firstIndex(where: { $0.name == parameter.name }) {
            let earlier = parameters.remove(at: index)
            // The values stay out of the message: one may be a password.
            diagnostics.append(
                Diagnostic(
                    severity: .warning, file: path, line: parameter.line,
                    message: "found `\(parameter.name)` again, which overrides line \(earlier.line); "
                        + "expected each name once"))
        }
        parameters.append(parameter)
    }

    /// Splits `name = value` as split_nameval(3) does.
    private static func parameter(_ line: LogicalLine) throws(LineError) -> Parameter {
        let text = line.bytes[...]
        guard let first = text.first, !first.isSpace else { throw .continuesNothing }
        let nameEnd = text.firstIndex { $0.isSpace || $0 == UInt8(ascii: "=") } ?? text.endIndex
        let rest = text[nameEnd...].drop(while: \.isSpace)
        guard nameEnd > text.startIndex else { throw .noName }
        guard rest.first == UInt8(ascii: "=") else { throw .noEqualsSign }
        guard let name = String(validating: text[..<nameEnd], as: UTF8.self) else { throw .nameNotUTF8 }

        var value = rest.dropFirst().drop(while: \.isSpace)
        while value.last?.isSpace == true { value.removeLast() }
        guard let value = String(validating: value, as: UTF8.self) else { throw .valueNotUTF8(name: name) }
        guard !value.utf8.contains(0) else { throw .nulByte(name: name) }
        return Parameter(name: name, value: value, line: line.number)
    }

    /// Why a logical line is no parameter.
    private enum LineError: Error, CustomStringConvertible {
        case continuesNothing
        case noName
        case noEqualsSign
        case nameNotUTF8
        case valueNotUTF8(name: String)
        case nulByte(name: String)

        /// Of the first Postfix only ignores the line; the others make it refuse the file.
        var severity: Diagnostic.Severity {
            switch self {
            case .continuesNothing: .warning
            case .noName, .noEqualsSign, .nameNotUTF8, .valueNotUTF8, .nulByte: .error
            }
        }

        var description: String {
            switch self {
            case .continuesNothing:
                "found white space before the first parameter, and ignored the line; expected `name = value`"
            case .noName: "found no name before `=`, expected `name = value`"
            case .noEqualsSign: "found no `=` after the first word, expected `name = value`"
            case .nameNotUTF8: "found a name that is not UTF-8, expected `name = value` in UTF-8"
            case .valueNotUTF8(let name): "found a value of `\(name)` that is not UTF-8, expected UTF-8"
            case .nulByte(let name): "found a NUL byte in the value of `\(name)`, expected text"
            }
        }
    }
}
