// Statements to send: until a flush they are in libpq's buffer.

internal import CLibpq

extension Connection {
    /// Prepares `sql` under `name`, leaving every parameter's type to the server.
    ///
    /// - Returns: false if the connection is broken. So do all methods that send.
    package func sendPrepare(name: String, sql: String) -> Bool {
        unsafe PQsendPrepare(connection, name, sql, 0, nil) == 1
    }

    /// Executes the prepared statement `name`.
    ///
    /// - Parameters:
    ///   - parameterCount: how many parameters it has.
    ///   - appendParameter: appends the bytes of a parameter, which must hold no NUL.
    package func sendPrepared(
        name: String, parameterCount: Int, appendParameter: (Int, inout [UInt8]) -> Void
    ) -> Bool {
        parameters.collect(parameterCount, appendParameter)
        return unsafe parameters.withPointers { pointers in
            unsafe PQsendQueryPrepared(connection, name, Int32(parameterCount), pointers, nil, nil, 0) == 1
        }
    }

    /// Executes `sql` as an unnamed statement with parameters of inferred types.
    package func sendUnnamed(
        sql: String, parameterCount: Int, appendParameter: (Int, inout [UInt8]) -> Void
    ) -> Bool {
        parameters.collect(parameterCount, appendParameter)
        return unsafe parameters.withPointers { pointers in
            unsafe PQsendQueryParams(connection, sql, Int32(parameterCount), nil, pointers, nil, nil, 0) == 1
        }
    }

    /// Executes a whole statement without parameters.
    ///
    /// - Parameter appendSQL: appends the statement, which must hold no NUL; what a client may choose in it has gone
    ///   through `appendEscaped`.
    package func sendStatement(appendSQL: (inout [UInt8]) -> Void) -> Bool {
        parameters.collect(1) { _, bytes in appendSQL(&bytes) }
        return unsafe parameters.withPointers { pointers in
            unsafe PQsendQueryParams(connection, pointers[0], 0, nil, nil, nil, nil, 0) == 1
        }
    }

    /// Appends `bytes` as they stand between the quotes of an ordinary literal on this connection, by
    /// PQescapeStringConn, which minds the encoding and standard_conforming_strings.
    package func appendEscaped(_ bytes: Span<UInt8>, to sql: inout [UInt8]) {
        let start = sql.count
        sql.append(contentsOf: repeatElement(0, count: 2 * bytes.count + 1))
        let length = unsafe sql.withUnsafeMutableBytes { buffer in
            unsafe bytes.withUnsafeBytes { source in
                unsafe PQescapeStringConn(
                    connection,
                    (buffer.baseAddress! + start).assumingMemoryBound(to: CChar.self),
                    source.baseAddress?.assumingMemoryBound(to: CChar.self), source.count, nil)
            }
        }
        sql.removeLast(sql.count - start - length)
    }

    /// Ends a batch, which also flushes.
    package func sendSync() -> Bool {
        unsafe PQpipelineSync(connection) == 1
    }

    package func flush() -> Flush {
        switch unsafe PQflush(connection) {
        case 0: .done
        case 1: .blocked
        default: .disconnected
        }
    }
}
