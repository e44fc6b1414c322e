// Connecting to one host, on a thread that may block.

internal import CLibpq

/// What to connect to: libpq's keywords and their values, of which the later ones win. `dbname` may hold a
/// whole connection string or URI, whose parts then count as if they stood in its place. What no keyword
/// names comes from the environment, the service file and the password file, as in every libpq client.
package struct ConnectionParameters: Equatable, Sendable {
    package var pairs: [(keyword: String, value: String)]

    package init(_ pairs: [(keyword: String, value: String)]) {
        self.pairs = pairs
    }

    package static func == (left: ConnectionParameters, right: ConnectionParameters) -> Bool {
        left.pairs.elementsEqual(right.pairs, by: ==)
    }
}

/// Connects, and returns when that has succeeded or failed.
///
/// It blocks: names are resolved by getaddrinfo(3), service, password, certificate and Kerberos files are
/// read, and each address has its own timeout. So it is called on a thread of its own, which may hand the
/// connection to another one.
///
/// - Parameter timeout: seconds for each address, 2 at least; a `connect_timeout` among the parameters wins.
/// - Returns: the connection, or the error of the last server that answered, with its SQLSTATE; an error
///   without SQLSTATE if no server did. The error holds no password, nor a part of one.
package func connect(
    _ parameters: ConnectionParameters, timeout: Int
) -> sending Result<Connection, ServerError> {
    let pairs = [("connect_timeout", String(timeout))] + parameters.pairs
    let connection = unsafe withCStrings(pairs.map(\.0)) { keywords in
        unsafe withCStrings(pairs.map(\.1)) { values in
            unsafe PQconnectStartParams(keywords, values, 1)
        }
    }
    guard let connection = unsafe connection else {
        return .failure(ServerError(sqlState: "", message: "out of memory"))
    }
    // PQconnectdbParams(3) has no parameter for this. Of a connection that was refused, libpq keeps only the
    // text: a verbose one has the code in it.
    unsafe PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
    // Notices are dropped until a `Connection` receives them: libpq would write them to standard error as
    // they are.
    unsafe PQsetNoticeReceiver(connection, { _, _ in }, nil)
    var attempt = unsafe ConnectionAttempt(connection)
    attempt.finish()
    if unsafe PQstatus(connection) == CONNECTION_OK {
        unsafe PQsetErrorVerbosity(connection, PQERRORS_DEFAULT)
        return .success(unsafe Connection(owning: connection))
    }
    var error = parameters.discreet(ServerError(connectFailure: attempt.message))
    error.hasMetServer = error.sqlState.isEmpty && attempt.hasMetServer
    unsafe PQfinish(connection)
    return .failure(error)
}

/// Calls `body` with the strings as libpq's null-terminated array of C strings.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
    var offsets: [Int] = []
    var bytes: [CChar] = []
    for string in strings {
        offsets.append(bytes.count)
        bytes += string.utf8CString
    }
    return unsafe bytes.withUnsafeBufferPointer { bytes in
        var pointers = unsafe offsets.map { unsafe bytes.baseAddress! + $0 as UnsafePointer<CChar>? }
        unsafe pointers.append(nil)
        return unsafe body(pointers)
    }
}
