// Why a map is not served as its file says now.

package import LookupTables
internal import LookupValues

/// What is wrong with a pgsql_table(5) file, for readers that can't be shown its diagnostics.
package struct TableTrouble: Error, Equatable, Sendable {
    /// One line: the file, its line, what was found and what was expected, without a password.
    package let reason: String
    /// Seconds until the file is read again: its own `retry_interval` if that can be read.
    package let retryInterval: Int

    /// The longest reason, in bytes: clients get it too.
    private static let greatestLength = 400

    package init(_ diagnostic: Diagnostic, retryInterval: Int = TableDefinition.defaultRetryInterval) {
        reason = diagnostic.description.shown(upTo: Self.greatestLength)
        self.retryInterval = retryInterval
    }
}
