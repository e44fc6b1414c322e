// One pgsql_table(5) file: the table that it defines, or why it can't be used.

package import LookupTables
package import LookupValues

/// The result of reading a table's file.
package struct TableFile {
    package let path: String
    private let system: ConfigurationSystem
    package private(set) var table: Result<TableDefinition, TableTrouble>
    /// Everything that is wrong with the contents of the file. If the file can't be read, see `unreadable`.
    package private(set) var diagnostics: [Diagnostic] = []
    package private(set) var unreadable: UnreadableFile?

    /// - Parameter defaultEncoding: used for a file without `encoding`.
    package init(_ path: String, defaultEncoding: String, system: ConfigurationSystem) {
        self.path = path
        self.system = system
        switch system.readFile(path) {
        case .success(let contents):
            let read = TableDefinitionReader.read(
                file: path, contents: contents, defaultEncoding: defaultEncoding,
                readFile: { try? system.readFile($0).get() }, diagnostics: &diagnostics)
            if let read {
                table = .success(read)
            } else {
                table = .failure(
                    TableTrouble(
                        diagnostics.first { $0.severity == .error }!,
                        retryInterval: TableDefinitionReader.retryInterval(in: contents)))
            }
        case .failure(let error):
            unreadable = error
            let message = "can't be read: \(error); expected a pgsql_table(5) file"
            table = .failure(
                TableTrouble(Diagnostic(severity: .error, file: path, line: nil, message: message)))
        }
    }

    /// Reports a password that other users may read.
    ///
    /// - Parameter isStrict: whether a password that everybody may read makes the file unusable.
    package mutating func checkPermissions(isStrict: Bool) {
        guard case .success(let definition) = table, definition.target.holdsPassword,
            system.isReadableByAnyone(path)
        else { return }
        let diagnostic = Diagnostic(
            severity: isStrict ? .error : .warning, file: path, line: nil,
            message:
                "found a password in a file that everybody may read; expected chmod o-r, and a group that the daemon is in",
            code: .readablePassword)
        diagnostics.append(diagnostic)
        if isStrict {
            table = .failure(TableTrouble(diagnostic, retryInterval: definition.retryInterval))
        }
    }
}
