// The messages that a PostgreSQL server sends, as bytes.

package enum PostgresMessage {
    package static func message(_ type: Character, _ body: [UInt8] = []) -> [UInt8] {
        Array("\(type)".utf8) + int32(body.count + 4) + body
    }

    package static func int32(_ number: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    package static func int16(_ number: Int) -> [UInt8] {
        [8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    package static func string(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }

    package static let authenticationOk = message("R", int32(0))
    package static let parseComplete = message("1")
    package static let bindComplete = message("2")
    package static let noData = message("n")
    package static let readyForQuery = message("Z", Array("I".utf8))

    package static func parameterStatus(_ name: String, _ value: String) -> [UInt8] {
        message("S", string(name) + string(value))
    }

    package static func backendKeyData(process: Int) -> [UInt8] {
        message("K", int32(process) + int32(4711))
    }

    /// Columns of type text, sent as text or as what the server has in memory.
    package static func rowDescription(columns: Int = 1, isBinary: Bool = false) -> [UInt8] {
        var fields: [UInt8] = []
        for number in 0..<columns {
            fields += string("column\(number)") + int32(0) + int16(0)
            fields += int32(25) + int16(-1) + int32(-1) + int16(isBinary ? 1 : 0)
        }
        return message("T", int16(columns) + fields)
    }

    package static func dataRow(_ values: [[UInt8]]) -> [UInt8] {
        message("D", int16(values.count) + values.flatMap { int32($0.count) + $0 })
    }

    package static func dataRow(_ values: String...) -> [UInt8] { dataRow(values.map { Array($0.utf8) }) }

    /// Rows of one column, and the end of the result.
    package static func rows(_ values: [String]) -> [UInt8] {
        values.flatMap { dataRow($0) } + commandComplete("SELECT \(values.count)")
    }

    /// Rows of two columns, and the end of the result.
    package static func rows(_ values: [(String, String)]) -> [UInt8] {
        values.flatMap { dataRow($0.0, $0.1) } + commandComplete("SELECT \(values.count)")
    }

    package static func commandComplete(_ tag: String) -> [UInt8] { message("C", string(tag)) }

    /// - Parameter sqlState: nil leaves the field out, which PostgreSQL never does.
    package static func error(
        _ text: String, sqlState: String?, severity: String = "ERROR", isNotice: Bool = false
    ) -> [UInt8] {
        var body = string("S\(severity)") + string("V\(severity)") + string("M\(text)")
        if let sqlState { body += string("C\(sqlState)") }
        return message(isNotice ? "N" : "E", body + [0])
    }
}
