// The notices that a server sends beside the results of statements.

internal import CLibpq

/// A notice of the server's, as by RAISE NOTICE.
package struct Notice: Equatable, Sendable {
    package let message: String
    package let detail: String
}

/// Notices, up to a number of bytes.
struct Notices {
    /// How many more bytes fit; negative after something did not fit.
    private var room: Int
    private var kept: [Notice] = []

    init(room: Int) {
        self.room = room
    }

    /// Nil if there were too many.
    var complete: [Notice]? { room < 0 ? nil : kept }

    /// Copies what PQresultErrorField(3) returns: libpq frees it afterwards.
    mutating func add(_ result: OpaquePointer) {
        guard room >= 0 else { return }
        var left = room
        func field(_ code: Unicode.Scalar) -> String {
            guard let field = unsafe PQresultErrorField(result, Int32(code.value)) else { return "" }
            let text = unsafe String(cString: field)
            left -= text.utf8.count
            return left < 0 ? "" : text
        }
        // PG_DIAG_MESSAGE_PRIMARY and PG_DIAG_MESSAGE_DETAIL.
        kept.append(Notice(message: field("M"), detail: field("D")))
        room = left
    }
}
