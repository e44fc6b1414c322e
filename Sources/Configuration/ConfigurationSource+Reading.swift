// Reads a configuration, for different purposes.

package import LookupSearch
package import LookupTables

extension ConfigurationSource {
    /// Reads the file and every file that it names.
    ///
    /// - Parameter diagnostics: gets everything that is wrong. If there is an error among it, the configuration must only
    ///   be looked at, not used: it holds what could be read.
    package func read(diagnostics: inout [Diagnostic]) -> DaemonConfiguration {
        var reader = ConfigurationReader(system: system)
        reader.read(self)
        diagnostics += reader.diagnostics
        return reader.configuration
    }

    /// Reads the configuration to ask one map, which it need not have.
    ///
    /// - Parameter report: is called with what is wrong with the configuration and with that map's own files.
    /// - Throws: if the file itself has an error, or one of the map's tables can't be used.
    package func read(toAsk map: String, _ report: (Diagnostic) -> Void) throws(UnusableMap)
        -> DaemonConfiguration
    {
        var diagnostics: [Diagnostic] = []
        let configuration = readForUse { diagnostics.append($0) }
        let own = configuration?.maps.filter { $0.name == map } ?? []
        for diagnostic in diagnostics {
            // The only possible error in a usable configuration is that a table's file can't be read.
            let isOfTable = configuration != nil && (diagnostic.file != file || diagnostic.severity == .error)
            if !isOfTable || own.contains(where: { $0.file == diagnostic.file }) { report(diagnostic) }
        }
        guard let configuration else { throw .configuration }
        for table in own { if let trouble = table.trouble { throw .table(map: map, trouble) } }
        return configuration
    }

    /// Reads the facts of main.cf alone, of a file that need not have any maps.
    ///
    /// - Parameters:
    ///   - hasFile: whether there is a file; else Postfix's defaults hold, and what the command line says.
    ///   - report: is called with what is wrong with the file and with -o.
    /// - Returns: nil if there is an error among it.
    package func readFacts(hasFile: Bool, _ report: (Diagnostic) -> Void) -> PostfixFacts? {
        var reader = ConfigurationReader(system: system)
        reader.readFacts(self, hasFile: hasFile)
        for diagnostic in reader.diagnostics { report(diagnostic) }
        return reader.error == nil ? reader.configuration.settings.facts : nil
    }

    /// Reads the configuration for use: nil if the file itself has an error. An error of a table is the trouble of its
    /// maps.
    ///
    /// - Parameter report: is called with every diagnostic, including warnings.
    package func readForUse(_ report: (Diagnostic) -> Void) -> DaemonConfiguration? {
        let configuration = readWithTrouble(report)
        return configuration.trouble == nil ? configuration : nil
    }

    /// The same, but an error of the file itself becomes the trouble of the configuration.
    package func readWithTrouble(_ report: (Diagnostic) -> Void) -> DaemonConfiguration {
        var reader = ConfigurationReader(system: system)
        reader.read(self)
        for diagnostic in reader.diagnostics { report(diagnostic) }
        guard let error = reader.error else { return reader.configuration }
        return reader.configuration.unusable(because: error.description)
    }
}
