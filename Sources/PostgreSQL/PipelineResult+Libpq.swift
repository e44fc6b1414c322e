// What a result of libpq's means for a pipeline.

internal import CLibpq

/// Classifies a result of libpq's, and takes it over.
///
/// - Parameter isUsable: whether the connection is usable, as far as libpq knows.
func classify(_ result: OpaquePointer, isUsable: Bool) -> PipelineResult {
    switch unsafe PQresultStatus(result) {
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
        // Only text results are requested.
        if unsafe PQbinaryTuples(result) == 0 && isWhole(result) {
            if unsafe hasTag(result) { return .succeeded(unsafe Rows(owning: result)) }
            unsafe PQclear(result)
            return .prepared
        }
        unsafe PQclear(result)
        return .disconnected(
            ServerError(sqlState: "", message: "the server's result is not whole, or not text"))
    case PGRES_PIPELINE_ABORTED:
        unsafe PQclear(result)
        return .aborted
    case PGRES_PIPELINE_SYNC:
        unsafe PQclear(result)
        return .synced
    case PGRES_EMPTY_QUERY:
        unsafe PQclear(result)
        return .failed(ServerError(sqlState: "", message: "the query is empty"))
    case PGRES_FATAL_ERROR:
        defer { unsafe PQclear(result) }
        let error = unsafe ServerError(result: result)
        // An error without SQLSTATE is libpq's own, about something that it did not understand: from then on
        // it can't be told which results belong to which statements.
        let goesOn =
            unsafe isUsable && !error.sqlState.isEmpty && !endsConnection(result)
        return goesOn ? .failed(error) : .disconnected(error)
    default:
        // COPY, after which no pipeline can go on, or a result that libpq did not understand.
        unsafe PQclear(result)
        return .disconnected(
            ServerError(sqlState: "", message: "the query's result can't be in a pipeline"))
    }
}

/// Whether the server has ended the result, and reported as many rows as have come.
///
/// If another description begins, or an empty query is reported, libpq returns the rows that it has: an
/// incomplete result would be taken for "not found".
private func isWhole(_ result: OpaquePointer) -> Bool {
    guard unsafe hasTag(result), let tag = unsafe PQcmdStatus(result) else {
        // The result of a preparation has no tag.
        return unsafe PQresultStatus(result) == PGRES_COMMAND_OK
    }
    // Only SELECT is checked: other commands with RETURNING may have changed more rows than they return.
    guard unsafe tag[0] == UInt8(ascii: "S") && tag[1] == UInt8(ascii: "E") && tag[2] == UInt8(ascii: "L")
    else {
        return true
    }
    guard let digits = unsafe PQcmdTuples(result) else { return false }
    var count = 0
    var index = 0
    while unsafe digits[index] != 0 {
        // That is more rows than any result has, and nearly more than an Int can hold.
        guard index < 18 else { return false }
        count = count * 10 + Int(unsafe digits[index]) - 48
        index += 1
    }
    return unsafe index == 0 || count == Int(PQntuples(result))
}

/// Whether the server has named the command that was executed, as it does at the command's end.
private func hasTag(_ result: OpaquePointer) -> Bool {
    guard let tag = unsafe PQcmdStatus(result) else { return false }
    return unsafe tag[0] != 0
}

/// Whether the server closes the connection after this error.
func endsConnection(_ result: OpaquePointer) -> Bool {
    // PG_DIAG_SEVERITY_NONLOCALIZED, a character constant that Swift does not import.
    guard let severity = unsafe PQresultErrorField(result, Int32(UInt8(ascii: "V"))) else { return false }
    return unsafe ["FATAL", "PANIC"].contains(String(cString: severity))
}
