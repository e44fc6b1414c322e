// Who stands on both sides of the proxy: servers that echo or speak, and their clients.

import TestSupport
import Testing

/// Sends back what it gets.
func echo() throws -> ScriptedServer {
    try ScriptedServer { socket, _ in
        while true {
            let bytes = try socket.readSome()
            if bytes.isEmpty { return }
            try socket.send(bytes)
        }
    }
}

/// Says something at once, and then reads until the end.
func speaker(_ bytes: [UInt8]) throws -> ScriptedServer {
    try ScriptedServer { socket, _ in
        try socket.send(bytes)
        while try !socket.readSome().isEmpty {}
    }
}

func message(_ type: Character, _ body: String) -> [UInt8] {
    let length = UInt32(body.utf8.count + 4)
    return Array("\(type)".utf8) + bigEndian(length) + Array(body.utf8)
}

func bigEndian(_ length: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
}

/// Everything up to the end of file.
func readAll(_ socket: StreamSocket) throws -> [UInt8] {
    var all: [UInt8] = []
    while true {
        let some = try socket.readSome()
        if some.isEmpty { return all }
        all += some
    }
}

/// A connection through the proxy that has been seen to work.
func connect(_ proxy: FaultProxy, timeLimit: Int = 60) throws -> StreamSocket {
    let client = try client(proxy, timeLimit: timeLimit)
    try client.send([1])
    #expect(try client.read(1) == [1])
    return client
}

func client(_ proxy: FaultProxy, timeLimit: Int = 60) throws -> StreamSocket {
    let address =
        proxy.port.map { ProxyAddress.tcp($0) } ?? .unix("\(proxy.socketDirectory)/.s.PGSQL.5432")
    return try StreamSocket(to: address, timeLimit: timeLimit)
}
