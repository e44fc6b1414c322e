// Tests of the greeting, as Postfix 3.7.11 and 3.12 say it.

import LookupProtocols
import Testing

@Suite("The proxymap greeting")
struct ProxymapGreetingTests {
    private static let recorded = Array("protocol\0proxymap_protocol\0\0".utf8)
    /// The verifier takes a greeting for a message without content.
    private static let verifier = DecodingVerifier<Int, Bool> { bytes, offset in
        switch ProxymapGreeting.decode(bytes.span, at: offset) {
        case .needsMore: .needsMore
        case .greeting(let end): .message(0, end: end)
        case .violation: .violation(true)
        }
    }

    @Test("is said as Postfix says it, after what the output holds")
    func exactBytes() {
        var output: [UInt8] = [7]
        ProxymapGreeting.append(to: &output)
        #expect(output == [7] + Self.recorded)
    }

    @Test("is understood however its bytes arrive, and ends where the first reply begins")
    func everySplit() {
        Self.verifier.verify(Self.recorded, .init(messages: [0]))
        let beginning = Array(Self.recorded.dropLast())
        Self.verifier.verify(beginning, .init(bytesLeft: beginning.count))
        Self.verifier.verify(Self.recorded + Array("proto".utf8), .init(messages: [0], bytesLeft: 5))
    }

    @Test("is told from anything else at the first byte that differs")
    func violations() {
        for index in Self.recorded.indices {
            let other = Self.recorded.prefix(index) + [Self.recorded[index] ^ 1]
            Self.verifier.verify(Array(other), .init(violation: true))
        }
        Self.verifier.verify(Array("status\00\0flags\016\0\0".utf8), .init(violation: true))
    }

    @Test("is not asked for outside the buffer")
    func ownMistake() async {
        await #expect(processExitsWith: .failure) {
            _ = ProxymapGreeting.decode([UInt8]().span, at: 1)
        }
    }
}
