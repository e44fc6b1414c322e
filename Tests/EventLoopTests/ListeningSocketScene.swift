// What tests of listening sockets look at: the socket's file, and whether a client gets through.

import EventLoop
import Glibc
import LookupValues

let forAll = SocketPermissions(mode: 0o666, group: nil)

func fileStatus(of path: String) -> stat? {
    var status = stat()
    return unsafe lstat(path, &status) == 0 ? status : nil
}

func exists(_ path: String) -> Bool { fileStatus(of: path) != nil }

/// Whether a client gets through to this very socket.
func reaches(_ socket: ListeningSocket) throws -> Bool {
    guard let client = try? connectToSocket(at: socket.path) else { return false }
    return try acceptsHello(socket, from: client.raw)
}

func acceptsHello(_ socket: ListeningSocket, from client: Int32) throws -> Bool {
    guard let accepted = try socket.accept() else { return false }
    return send("hello", to: client) == .bytes(5)
        && receive(from: accepted.raw).bytes == Array("hello".utf8)
}
