// A server of Postfix's proxymap protocol that notes each key it is asked for, and by which program.

import CLinux
import Foundation
import Glibc
import LookupValues
import Synchronization
import ThrowawayServers

/// Stands in proxymap(8)'s place, for Postfix from 3.6 to 3.10. It knows every table: those of its answers, and for all else
/// each key is "not found".
package final class ProxymapRecorder: Sendable {
    package struct Lookup: Equatable, Sendable {
        /// The program that asked, `smtpd` for instance.
        package let program: String
        /// The number of its connection, from 1.
        package let connection: Int
        /// Without `proxy:`.
        package let table: String
        package let key: [UInt8]
        package let isFound: Bool
    }

    private let server: ScriptedServer
    private let lookups: Shared<[Lookup]>

    private final class Shared<Value: Sendable>: Sendable {
        let value: Mutex<Value>

        init(_ value: Value) {
            self.value = Mutex(value)
        }
    }

    /// - Parameters:
    ///   - path: where to listen.
    ///   - answers: the values of each table by their keys.
    ///   - patterns: whether each table is one of patterns, as socketmap tables are: Postfix asks such a table for what it searches,
    ///     and for no part of it.
    package init(path: String, answers: [String: [String: String]] = [:], patterns: Bool = false) throws {
        let lookups = Shared<[Lookup]>([])
        self.lookups = lookups
        server = try ScriptedServer(path: path) { socket, number in
            let program = try socket.peerProgram()
            try socket.send(Self.list("protocol", "proxymap_protocol"))
            var reader = ReplyReader()
            while true {
                let fields = try reader.attributes(from: socket)
                let request = Dictionary(
                    uniqueKeysWithValues: stride(from: 0, to: fields.count - 1, by: 2).map {
                        (String(decoding: fields[$0], as: UTF8.self), fields[$0 + 1])
                    })
                let table = String(decoding: request["table"] ?? [], as: UTF8.self)
                guard let key = request["key"] else {
                    let flags = Int(String(decoding: request["flags"] ?? [], as: UTF8.self)) ?? 0
                    try socket.send(
                        Self.list("status", "0", "flags", "\(flags | (patterns ? Self.pattern : Self.fixed))")
                    )
                    continue
                }
                let value = answers[table]?[String(decoding: key, as: UTF8.self)]
                lookups.value.withLock {
                    $0.append(
                        Lookup(
                            program: program, connection: number, table: table, key: key,
                            isFound: value != nil))
                }
                try socket.send(Self.list("status", value == nil ? "1" : "0", "value", value ?? ""))
            }
        }
    }

    /// What was asked for since the last call, in order.
    package func takeLookups() -> [Lookup] {
        lookups.value.withLock { lookups in
            defer { lookups = [] }
            return lookups
        }
    }

    /// DICT_FLAG_FIXED: the keys of a `pgsql:` table are no patterns.
    private static let fixed = 1 << 4
    /// DICT_FLAG_PATTERN.
    private static let pattern = 1 << 5

    private static func list(_ fields: String...) -> [UInt8] {
        fields.flatMap { Array($0.utf8) + [0] } + [0]
    }
}

extension StreamSocket {
    /// The name of the program at the other end of a Unix-domain socket.
    fileprivate func peerProgram() throws -> String {
        let name = try readFile("/proc/\(peerProcess())/comm")
        return String(decoding: name.dropLast(), as: UTF8.self)
    }
}
