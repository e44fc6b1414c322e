// Connecting to one host, on a thread that may block.

internal import CLibpq

/// What to connect to: libpq's keywords and their values, of which the later ones win. `dbname` may hold a whole
/// connection string or URI, whose parts then count as if they stood in its place. What is not named comes from the
/// environment, the service file and the password file, as in every libpq client.
package struct ConnectionParameters: Equatable, Sendable {
    package var pairs: [(keyword: String, value: String)]

    package init(_ pairs: [(keyword: String, value: String)]) {
        self.pairs = pairs
    }

    package static func == (left: ConnectionParameters, right: ConnectionParameters) -> Bool {
        left.pairs.elementsEqual(right.pairs, by: ==)
    }
}

/// What libpq waits for while it connects.
package enum ConnectingWait: Sendable {
    case readable
    case writable
}

/// Connects, and returns when that has succeeded or failed.
///
/// libpq blocks here in more places than a loop can do without: names are resolved by getaddrinfo(3), and service,
/// password, certificate and Kerberos files are read. So this runs on a thread of its own, which may give the
/// connection to another one.
///
/// - Parameter wait: waits until the descriptor is ready, or returns false when it has taken too long.
package func connect(
    _ parameters: ConnectionParameters, wait: (Int32, ConnectingWait) -> Bool
) -> sending Result<Connection, ServerError> {
    let connection = unsafe withCStrings(parameters.pairs.map(\.keyword)) { keywords in
        unsafe withCStrings(parameters.pairs.map(\.value)) { values in
            unsafe PQconnectStartParams(keywords, values, 1)
        }
    }
    guard let connection = unsafe connection else {
        return .failure(ServerError(sqlState: "", message: "out of memory"))
    }
    var status = unsafe PQstatus(connection) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
    while status != PGRES_POLLING_OK {
        // The socket may be another one after each step.
        let descriptor = unsafe PQsocket(connection)
        let isReady =
            switch status {
            case PGRES_POLLING_READING: wait(descriptor, .readable)
            case PGRES_POLLING_WRITING: wait(descriptor, .writable)
            default: true
            }
        guard isReady, status != PGRES_POLLING_FAILED else {
            let error = unsafe isReady ? ServerError(connection: connection) : timedOut
            unsafe PQfinish(connection)
            return .failure(error)
        }
        status = unsafe PQconnectPoll(connection)
    }
    return .success(unsafe Connection(owning: connection))
}

private let timedOut = ServerError(sqlState: "", message: "connecting took longer than connect_timeout")

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
