// A table: everything that a pgsql_table(5) file says.

/// A pgsql_table(5) file, read and compiled.
package struct TableDefinition: Equatable, Sendable {
    package let file: String
    /// The lines of the file that name the hosts and the query; nil where it leaves the hosts to the default.
    package let hostsLine: Int?
    package let queryLine: Int?
    package let target: Target
    package let template: QueryTemplate
    package let resultFormat: ResultFormat
    /// The most values a result may have; 0 for any number.
    package let expansionLimit: Int
    /// Seconds before a host is tried again to which no connection could be made.
    package let retryInterval: Int
    /// Seconds after which an unused connection is closed; nil where the file does not say.
    package let idleInterval: Int?
    private let domains: DomainFilter?
    private let requirements: AddressRequirements

    init(
        file: String, hostsLine: Int?, queryLine: Int?, target: Target, template: QueryTemplate,
        resultFormat: ResultFormat,
        expansionLimit: Int, retryInterval: Int, idleInterval: Int?, domains: DomainFilter?
    ) {
        self.file = file
        self.hostsLine = hostsLine
        self.queryLine = queryLine
        self.target = target
        self.template = template
        self.resultFormat = resultFormat
        self.expansionLimit = expansionLimit
        self.retryInterval = retryInterval
        self.idleInterval = idleInterval
        self.domains = domains
        requirements = template.requirements.union(resultFormat.keyRequirements)
    }

    /// Reads a table definition; nil when any error was added to the diagnostics. Every parameter that is
    /// wrong is reported, not only the first. `readFile` gives the contents of a `/file/name` in `domain`,
    /// nil if it cannot be read. `defaultEncoding` is that of a file without `encoding`.
    package static func read(
        file: String, contents: [UInt8], defaultEncoding: String = "UTF8", readFile: (String) -> [UInt8]?,
        diagnostics: inout [Diagnostic]
    ) -> TableDefinition? {
        var reader = TableDefinitionReader(file: file, contents: contents, defaultEncoding: defaultEncoding)
        let table = reader.read(readFile: readFile)
        diagnostics += reader.diagnostics
        return reader.diagnostics.contains { $0.severity == .error } ? nil : table
    }

    /// Seconds, where a file does not say.
    package static let defaultRetryInterval = 60

    /// The `retry_interval` of a file that may be wrong elsewhere; the default where it can't be told.
    package static func retryInterval(in contents: [UInt8]) -> Int {
        var diagnostics: [Diagnostic] = []
        let file = ParameterFile(path: "", contents: contents, diagnostics: &diagnostics)
        guard let value = file["retry_interval"]?.value, let seconds = ParameterValue.seconds(value),
            seconds > 0
        else { return defaultRetryInterval }
        return seconds
    }

    /// False for a key that is "not found" without a query. The key is valid UTF-8, and folded if keys are.
    package func admits(_ key: Span<UInt8>) -> Bool { exclusion(of: key) == nil }

    /// Why a key is "not found" without a query; nil for one that is looked up. See db_common_check_domain(),
    /// db_common_expand(). The key is valid UTF-8, and folded if keys are.
    package func exclusion(of key: Span<UInt8>) -> KeyExclusion? {
        guard !key.isEmpty else { return .empty }
        if key.contains(0) { return .nulByte }
        if domains == nil && requirements.isEmpty { return nil }
        let parts = AddressParts(key)
        if let domains, !domains.admits(key, parts) { return .domain }
        return requirements.areMet(by: key, parts) ? nil : .missingPart
    }
}

/// Why a table has no query for a key.
package enum KeyExclusion: Equatable, Sendable {
    case empty
    case nulByte
    /// It is no address in one of the table's domains.
    case domain
    /// It lacks a part that a placeholder wants.
    case missingPart
}
