// What a connection is, as far as libpq knows.

internal import CLibpq

extension Connection {
    /// The socket to wait on; it stays the same for the life of the connection.
    package var descriptor: Int32 { unsafe PQsocket(connection) }

    /// The process that serves this connection, as pg_stat_activity's `pid` has it; a pooler reports a number
    /// of its own.
    package var serverProcess: Int { Int(unsafe PQbackendPID(connection)) }

    /// PostgreSQL's version number (150018 is 15.18).
    package var serverVersion: Int32 { unsafe PQserverVersion(connection) }

    /// Whether the server has asked for a password, whatever that was taken from.
    package var hasUsedPassword: Bool { unsafe PQconnectionUsedPassword(connection) == 1 }

    /// Whether it is by TCP, not through a Unix-domain socket.
    package var isByTCP: Bool {
        // The host of a Unix-domain socket is a path, or an abstract name.
        guard let host = unsafe PQhost(connection), let first = unsafe String(cString: host).utf8.first else {
            return false
        }
        return first != UInt8(ascii: "/") && first != UInt8(ascii: "@")
    }

    /// False if a backslash in an ordinary literal is an escape (standard_conforming_strings = off).
    package var hasStandardStrings: Bool {
        guard let value = unsafe PQparameterStatus(connection, "standard_conforming_strings") else {
            return false
        }
        // The value is `on` or `off`.
        return unsafe value[0] == UInt8(ascii: "o") && value[1] == UInt8(ascii: "n")
    }

    /// What escapes on this connection depend on, as far as the server has reported.
    package var escaping: Escaping {
        Escaping(hasStandardStrings: hasStandardStrings, encoding: unsafe PQclientEncoding(connection))
    }

    /// The client_encoding, as the server spells it.
    package var encoding: String {
        unsafe String(cString: pg_encoding_to_char(PQclientEncoding(connection)))
    }

    /// False under an encoding in which a byte of ASCII can be part of another character, as the backslash in
    /// SJIS, BIG5, GBK, UHC, GB18030 and JOHAB: those that PostgreSQL accepts only as a client's encoding.
    package var hasASCIIApart: Bool {
        unsafe pg_valid_server_encoding_id(PQclientEncoding(connection)) == 1
    }

    /// Whether the server owes results.
    package var isOwed: Bool { unsafe PQtransactionStatus(connection) == PQTRANS_ACTIVE }

    /// A request that the server give up what it is executing for this connection; nil if the connection is
    /// lost.
    package func cancelRequest() -> CancelRequest? {
        guard let request = unsafe PQgetCancel(connection) else { return nil }
        return unsafe CancelRequest(owning: request)
    }
}
