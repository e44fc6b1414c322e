// Network addresses as text.

internal import LookupValues

/// An IPv4 or IPv6 address, read as valid_hostaddr(3) reads it.
struct HostAddress: Hashable, Sendable {
    /// 4 or 16.
    private let bytes: [UInt8]

    /// Nil for a text that is no address.
    init?(_ text: ArraySlice<UInt8>) {
        guard let bytes = text.contains(UInt8(ascii: ":")) ? Self.ipv6(text) : Self.ipv4(text) else {
            return nil
        }
        self.bytes = bytes
    }

    /// Four decimal numbers. Only 0.0.0.0 may begin with a zero.
    private static func ipv4(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var number: Int?
        for byte in text + [UInt8(ascii: ".")] {
            if byte.isDigit {
                let value = (number ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
                guard value <= 255 else { return nil }
                number = value
            } else {
                guard byte == UInt8(ascii: "."), let value = number, bytes.count < 4 else { return nil }
                bytes.append(UInt8(value))
                number = nil
            }
        }
        guard bytes.count == 4, bytes[0] != 0 || bytes == [0, 0, 0, 0] else { return nil }
        return bytes
    }

    /// Groups of hexadecimal digits, of which `::` stands for some that are zero; the last two may be an IPv4 address.
    private static func ipv6(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var gap: Int?
        var index = text.startIndex
        while index < text.endIndex {
            if text[index] == UInt8(ascii: ":") {
                let isDouble = index + 1 < text.endIndex && text[index + 1] == UInt8(ascii: ":")
                if isDouble {
                    guard gap == nil else { return nil }
                    gap = bytes.count
                    index += 2
                    continue
                }
                // A single colon stands between two groups.
                guard index > text.startIndex, index + 1 < text.endIndex else { return nil }
                index += 1
            }
            let end = text[index...].firstIndex(of: UInt8(ascii: ":")) ?? text.endIndex
            let group = text[index..<end]
            if group.contains(UInt8(ascii: ".")) {
                guard end == text.endIndex, let tail = ipv4(group) else { return nil }
                bytes += tail
            } else {
                guard (1...4).contains(group.count), let value = hexadecimal(group) else { return nil }
                bytes += [UInt8(value >> 8), UInt8(value & 0xFF)]
            }
            guard bytes.count <= 16 else { return nil }
            index = end
        }
        guard let gap else { return bytes.count == 16 ? bytes : nil }
        guard bytes.count < 16 else { return nil }
        return bytes[..<gap] + Array(repeating: 0, count: 16 - bytes.count) + bytes[gap...]
    }

    private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for byte in digits {
            guard byte < 0x80, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            value = value << 4 | digit
        }
        return value
    }
}
