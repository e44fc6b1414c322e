// A table: everything that a pgsql_table(5) file says.

/// A pgsql_table(5) file, read and compiled.
package struct TableDefinition: Equatable, Sendable {
    package let file: String
    /// The lines of the file that name the hosts and the query; nil if the hosts are the default ones.
    package let hostsLine: Int?
    package let queryLine: Int?
    package let target: Target
    package let template: QueryTemplate
    package let resultFormat: ResultFormat
    /// The most values a result may have; 0 for any number.
    package let expansionLimit: Int
    /// How many seconds a host rests after a connection to it could not be made.
    package let retryInterval: Int
    /// Seconds after which an unused connection is closed; nil if the file does not say.
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

    /// Seconds, if a file does not say.
    package static let defaultRetryInterval = 60

    /// The key that the query is asked for, or why the key given is "not found" without it. The endpoints and `--explain`
    /// decide by this alone.
    ///
    /// A key that is its own folding, as nearly all are, is not copied.
    ///
    /// - Parameters:
    ///   - key: as the client gave it: any bytes.
    ///   - folds: how much of it is folded.
    package func question(for key: Span<UInt8>, folds: KeyFolding.Extent) -> KeyQuestion {
        if folds != .none ? KeyFolding.isFolded(key) : UTF8Validation.isValid(key) {
            if let exclusion = exclusion(of: key) { return .notFound(exclusion) }
            return .asGiven
        }
        // No table has a key that is not UTF-8, and PostgreSQL need not be asked about it.
        guard let folded = KeyFolding.fold(key, folds) else { return .notFound(.notUTF8) }
        if let exclusion = exclusion(of: folded.span) { return .notFound(exclusion, folded: folded) }
        return .folded(folded)
    }

    /// Why a key that is valid UTF-8, and folded if keys are, is not asked for; nil if it is. See
    /// db_common_check_domain(), db_common_expand().
    func exclusion(of key: Span<UInt8>) -> KeyExclusion? {
        guard !key.isEmpty else { return .empty }
        if key.contains(0) { return .nulByte }
        if domains == nil && requirements.isEmpty { return nil }
        let parts = AddressParts(key)
        if let domains, !domains.admits(key, parts) { return .domain }
        return requirements.areMet(by: key, parts) ? nil : .missingPart
    }
}
