// The addresses of this machine and of hosts, as numbers.

import EventLoop
import Testing

@Suite("Addresses of hosts")
struct HostAddressTests {
    @Test("Those of the interfaces have the loopback's among them, each once")
    func interfaces() {
        let own = interfaceAddresses()
        #expect(own.contains("127.0.0.1") && Set(own).count == own.count, "\(own)")
        #expect(!own.contains { $0.contains("%") || $0.isEmpty })
    }

    @Test("An address is its own, in the usual form, and a name has what the system says")
    func names() {
        #expect(addresses(ofHost: "192.0.2.1") == ["192.0.2.1"])
        #expect(addresses(ofHost: "2001:DB8:0::1") == ["2001:db8::1"])
        #expect(!addresses(ofHost: "localhost").isEmpty)
        #expect(addresses(ofHost: "not a host") == [])
    }
}
