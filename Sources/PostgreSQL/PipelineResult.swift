// What comes back through a pipeline: one event for each thing that was sent, in the order of sending.

internal import CLibpq

/// The next event in a connection's pipeline.
package enum PipelineResult: ~Copyable {
    /// A statement was prepared.
    case prepared
    /// A statement was executed, with these rows.
    case succeeded(Rows)
    /// A statement failed at the server, which goes on: what was sent up to the next Sync comes back as `aborted`.
    case failed(ServerError)
    /// The server skipped a statement because an earlier one of its batch had failed.
    case aborted
    /// A batch has ended.
    case synced
    /// The connection is no longer usable: what is in flight will not be answered.
    case disconnected(ServerError)
}

/// The rows of one result, in libpq's memory, which is freed with this value.
@safe package struct Rows: ~Copyable {
    private let result: OpaquePointer

    init(owning result: OpaquePointer) {
        unsafe self.result = unsafe result
    }

    deinit {
        unsafe PQclear(result)
    }

    package var rowCount: Int { Int(unsafe PQntuples(result)) }

    /// Hands every value that is not NULL to `body`, column after column of row after row.
    package borrowing func forEachValue(_ body: (Span<UInt8>) -> Void) {
        for row in 0..<rowCount { forEachValue(inRow: row, body) }
    }

    /// Hands every value of a row that is not NULL to `body`, beginning with column `first`.
    package borrowing func forEachValue(
        inRow row: Int, from first: Int = 0, _ body: (Span<UInt8>) -> Void
    ) {
        let row = Int32(row)
        for column in Int32(first)..<max(Int32(first), unsafe PQnfields(result)) {
            let length = Int(unsafe PQgetlength(result, row, column))
            // NULL has no bytes either.
            if unsafe length == 0 && PQgetisnull(result, row, column) == 1 { continue }
            // PQgetvalue's memory holds `length` bytes and lives as long as the result.
            let bytes = unsafe UnsafeRawBufferPointer(
                start: PQgetvalue(result, row, column), count: length)
            body(unsafe bytes.bindMemory(to: UInt8.self).span)
        }
    }

    /// The number in the first column of a row; nil if there is none.
    package borrowing func number(inRow row: Int) -> Int? {
        guard let digits = unsafe PQgetvalue(result, Int32(row), 0) else { return nil }
        var number = 0
        var length = 0
        // A NUL ends the value; for NULL, there is nothing before it.
        while unsafe digits[length] != 0 {
            let digit = unsafe Int(digits[length]) - 48
            guard 0...9 ~= digit, length < 18 else { return nil }
            number = number * 10 + digit
            length += 1
        }
        return length > 0 ? number : nil
    }
}
