// `query`: how a key becomes a statement and its parameters.

internal import LookupValues

/// A compiled `query`, in two forms of the same meaning.
///
/// The first is the SQL with a parameter in place of each literal that holds placeholders. Parameters have no
/// declared type, so PostgreSQL infers it just as it would the literal's. If it can't, or if a literal follows a
/// type name (`inet '%s'`, `N'%s'`), preparing fails, and the second form is used: the text with the key's parts
/// escaped inside its ordinary literals.
package struct QueryTemplate: Equatable, Sendable {
    /// One statement with `$1`…`$n`, one for each occurrence: sharing `$1` between an int and a varchar
    /// column would fail.
    package let sql: String
    /// The text of `sql` before, between and after its parameters.
    let pieces: [String]
    /// Whether the text begins with SELECT or WITH, as every query does that can stand in another SELECT.
    package let isSelection: Bool
    let parameters: [Template]
    private let statement: Template
    /// True if any ordinary literal of the text has a backslash. With standard_conforming_strings = off the literal
    /// would end elsewhere than here, and a key could get out of its literal.
    package let hasBackslashInLiteral: Bool
    /// False if the text has any character beyond ASCII. In some client encodings the last byte of such a character
    /// could begin another one, which would take in the first byte of a key, or of its escaping.
    package let isASCII: Bool
    /// What a key must have; a key without it is not looked up.
    let requirements: AddressRequirements

    package var parameterCount: Int { parameters.count }

    /// A key of the usual form, user@domain, that has all that the placeholders need: an example to prepare and plan with.
    package var exampleKey: String { "user@\(exampleDomain)" }

    /// That key's domain.
    package var exampleDomain: String {
        String(repeating: "mail.", count: max(0, requirements.labels - 2)) + "example.com"
    }

    init(
        pieces: [String], isSelection: Bool, parameters: [Template], statement: Template,
        hasBackslashInLiteral: Bool, isASCII: Bool, requirements: AddressRequirements
    ) {
        self.pieces = pieces
        self.isSelection = isSelection
        sql = pieces.dropFirst().enumerated().reduce(pieces[0]) { "\($0)$\($1.offset + 1)\($1.element)" }
        self.parameters = parameters
        self.statement = statement
        self.hasBackslashInLiteral = hasBackslashInLiteral
        self.isASCII = isASCII
        self.requirements = requirements
    }

    /// Appends the value of a parameter, counted from 0, for a key that the table admits: the text of its
    /// literal with the key's parts put in. No NUL byte follows.
    package func appendParameter(_ index: Int, key: Span<UInt8>, into output: inout [UInt8]) {
        parameters[index].expand(value: key, key: key, into: &output) { $1.append($0) }
    }

    /// The text of a parameter's literal, counted from 0, with `%s` for each placeholder.
    package func literalText(_ index: Int) -> String {
        let key = Array(exampleKey.utf8)
        var text: [UInt8] = []
        parameters[index].expand(value: key.span, key: key.span, into: &text) { $1 += Array("%s".utf8) }
        return String(decoding: text, as: UTF8.self)
    }

    /// For each parameter the first one whose literal has the same text: these have the same value, whatever the key is.
    package var sameTexts: [Int] {
        parameters.map { parameter in parameters.firstIndex(of: parameter)! }
    }

    /// Appends the statement with the key's parts inside ordinary literals. `escape` must append its bytes as
    /// PQescapeStringConn() does, without quotes around them.
    package func appendLiteralStatement(
        key: Span<UInt8>, into output: inout [UInt8],
        escape: (Span<UInt8>, inout [UInt8]) -> Void
    ) {
        statement.expand(value: key, key: key, into: &output, insert: escape)
    }
}
