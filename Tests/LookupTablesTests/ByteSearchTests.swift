// What is looked for eight bytes at a time is found wherever it stands, and nothing else is.

import LookupValues
import Testing

@testable import LookupTables

@Suite("Bytes that are looked for")
struct ByteSearchTests {
    /// Each length up to some words, with this byte at each place among others.
    private func texts(with byte: UInt8, among other: UInt8) -> [[UInt8]] {
        (1...27).flatMap { length in
            (0..<length).map { place in (0..<length).map { $0 == place ? byte : other } }
        }
    }

    @Test("A NUL keeps a key from being looked up", arguments: [0x01, 0x61, 0x7F, 0x80, 0xFF] as [UInt8])
    func nul(other: UInt8) throws {
        let table = try #require(TableReading(lines: "").table)
        for key in texts(with: 0, among: other) {
            let exclusion = table.exclusion(of: key.span)
            #expect(exclusion == .nulByte)
        }
        for length in 1...27 {
            let exclusion = table.exclusion(of: [UInt8](repeating: other, count: length).span)
            #expect(exclusion == nil)
        }
    }

    @Test("A byte beyond ASCII is no UTF-8 by itself")
    func beyondASCII() {
        for text in texts(with: 0xE9, among: 0x7F) {
            let isValid = UTF8Validation.isValid(text.span)
            #expect(!isValid)
        }
        for length in 0...27 {
            let isValid = UTF8Validation.isValid([UInt8](repeating: 0x7F, count: length).span)
            #expect(isValid)
        }
    }

    @Test(
        "What would end an array's element is escaped, and its neighbours in ASCII are not",
        arguments: [0x22, 0x5C, 0x21, 0x23, 0x5B, 0x5D] as [UInt8])
    func elements(special: UInt8) throws {
        let template = try QueryTemplate.compile("SELECT '%s'")
        for key in texts(with: special, among: 0x61) {
            var array: [UInt8] = []
            template.appendArray(0, into: &array) { $0(key.span) }
            let text = key.flatMap { [0x22, 0x5C].contains($0) ? [0x5C, $0] : [$0] }
            #expect(array == Array("{\"".utf8) + text + Array("\"}".utf8))
        }
    }
}
