// Queries that must not be sent on a connection.

package import LookupTables
package import PostgreSQL

extension Connection {
    /// Why a query must not be sent on this connection; nil if it may.
    package func refusal(of template: QueryTemplate) -> ServerError? {
        if template.hasBackslashInLiteral && !hasStandardStrings {
            return ServerError(
                sqlState: "",
                message:
                    "the query has a backslash in a literal, which standard_conforming_strings = off makes an escape"
            )
        }
        if !template.isASCII && !hasASCIIApart {
            return ServerError(
                sqlState: "",
                message:
                    "the query has a character beyond ASCII, whose last byte could join a key's first under the "
                    + "encoding \(encoding)")
        }
        return nil
    }
}
