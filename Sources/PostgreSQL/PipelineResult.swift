// What comes back through a pipeline: one event for each thing that was sent, in the order of sending.

internal import CLibpq

/// The next thing that a connection's pipeline has to say.
package enum PipelineResult: ~Copyable {
    /// A statement was prepared.
    case prepared
    /// A statement was executed, with these rows.
    case succeeded(Rows)
    /// A statement failed at the server, which goes on: what was sent up to the next Sync comes back as `aborted`.
    case failed(ServerError)
    /// The server skipped a statement because an earlier one of its batch had failed.
    case aborted
    /// A batch is over.
    case synced
    /// The connection is of no use any more: nothing that is in flight will be answered.
    case disconnected(ServerError)
}

/// The rows of one result, in libpq's memory, which goes with this value.
@safe package struct Rows: ~Copyable {
    private let result: OpaquePointer

    init(owning result: OpaquePointer) {
        unsafe self.result = unsafe result
    }

    deinit {
        unsafe PQclear(result)
    }

    package var rowCount: Int { Int(unsafe PQntuples(result)) }
    package var columnCount: Int { Int(unsafe PQnfields(result)) }

    /// Hands every value that is not NULL to `body`, column after column of row after row.
    package borrowing func forEachValue(_ body: (Span<UInt8>) -> Void) {
        let columns = unsafe PQnfields(result)
        for row in 0..<(unsafe PQntuples(result)) {
            for column in 0..<columns where unsafe PQgetisnull(result, row, column) == 0 {
                // PQgetvalue's memory holds PQgetlength bytes and lives as long as the result.
                let bytes = unsafe UnsafeRawBufferPointer(
                    start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
                body(unsafe bytes.bindMemory(to: UInt8.self).span)
            }
        }
    }
}
