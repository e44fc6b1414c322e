// When no host of a target can be asked.

import PoolHealth
import Testing

@Suite("Reach of hosts")
struct HostReachTests {
    @Test(
        "No host can be asked if each one was away the last time",
        arguments: ["", "57P01", "57P02", "57P03", "53300"])
    func away(_ sqlState: String) {
        var reach = HostReach(hosts: 2)
        #expect(!reach.isNone)
        reach.noteFailure(of: 0, sqlState: sqlState, hasConnected: false)
        #expect(!reach.isNone)
        reach.noteFailure(of: 1, sqlState: sqlState, hasConnected: false)
        #expect(reach.isNone)
        reach.noteConnected(0)
        #expect(!reach.isNone)
    }

    @Test(
        "A host that refuses a login can be asked, though in vain",
        arguments: ["28000", "28P01", "3D000", "42501", "08P01", "XX000"])
    func refusing(_ sqlState: String) {
        var reach = HostReach(hosts: 1)
        reach.noteFailure(of: 0, sqlState: "", hasConnected: false)
        reach.noteFailure(of: 0, sqlState: sqlState, hasConnected: false)
        #expect(!reach.isNone)
    }

    @Test("So can one that has let the login in, and lags or hangs")
    func unfit() {
        var reach = HostReach(hosts: 1)
        reach.noteFailure(of: 0, sqlState: "", hasConnected: false)
        reach.noteFailure(of: 0, sqlState: "", hasConnected: true)
        #expect(!reach.isNone)
    }
}
