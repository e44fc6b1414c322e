// One pgsql_table(5) file: the table that it defines, or why it can't be used.

internal import EventLoop
internal import LookupTables

/// What came of reading a table's file.
struct TableFile {
    let path: String
    private(set) var table: Result<TableDefinition, TableTrouble>
    /// All that is to be said of what the file holds. Where it can't be read, that is `unreadable`.
    private(set) var diagnostics: [Diagnostic] = []
    private(set) var unreadable: SystemError?

    /// - Parameter defaultEncoding: that of a file without `encoding`.
    init(_ path: String, defaultEncoding: String) {
        self.path = path
        do throws(SystemError) {
            let contents = try readFile(at: path)
            let read = TableDefinition.read(
                file: path, contents: contents, defaultEncoding: defaultEncoding,
                readFile: { try? readFile(at: $0) }, diagnostics: &diagnostics)
            if let read {
                table = .success(read)
            } else {
                table = .failure(
                    TableTrouble(
                        diagnostics.first { $0.severity == .error }!,
                        retryInterval: TableDefinition.retryInterval(in: contents)))
            }
        } catch {
            unreadable = error
            let message = "can't be read: \(error); expected a pgsql_table(5) file"
            table = .failure(
                TableTrouble(Diagnostic(severity: .error, file: path, line: nil, message: message)))
        }
    }

    /// A password is nobody else's business.
    ///
    /// - Parameter isStrict: whether one that everybody may read makes the file unusable.
    mutating func checkPermissions(isStrict: Bool) {
        guard case .success(let definition) = table, definition.target.holdsPassword, anyoneMayRead(path)
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
