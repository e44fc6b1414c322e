// When a session has something to say before its client asks.

import LookupValues
import Testing

@testable import ClientSessions

private let greeting = "protocol.proxymap_protocol.."

@Suite("A greeting")
struct GreetingTranscriptTests {
    private let scene = ClientScene()

    /// A client that has come, and what is to be done for it.
    private func come(
        _ clientProtocol: ClientProtocol, _ habit: inout GreetingHabit, hasAsked: Bool = false
    ) -> (TestClient, ClientSession.Beginning) {
        let client = scene.connect(clientProtocol)
        let beginning = client.withSession { $0.begin(&habit) { hasAsked } }
        scene.turns()
        return (client, beginning)
    }

    @Test(
        "goes to each proxymap client at once, if that is configured, and to no socketmap client",
        arguments: [true, false])
    func configured(hasAsked: Bool) {
        var habit = GreetingHabit(isConfigured: true)
        let (proxymap, first) = come(.proxymap, &habit, hasAsked: hasAsked)
        #expect(first.isGreeted && !first.waits && first.isNews == hasAsked)
        #expect(proxymap.text == greeting)
        let (socketmap, second) = come(.socketmap, &habit, hasAsked: hasAsked)
        #expect(!second.isGreeted && !second.waits && !second.isNews)
        #expect(socketmap.received == [])
    }

    @Test("comes before the answers, and answers no request")
    func order() {
        var habit = GreetingHabit(isConfigured: true)
        let client = scene.connect(.proxymap)
        _ = client.withSession { $0.begin(&habit) { false } }
        scene.exchange(scene.proxymapRequest("k"), with: client)
        #expect(client.text == greeting && client.session.isWaiting)
        scene.answer(0, .notFound)
        scene.turns()
        #expect(client.text == greeting + "status.1.value...")
    }

    @Test(
        "goes to a client that goes on being silent, if none is configured, and to none that is asked to leave"
    )
    func silence() {
        var habit = GreetingHabit(isConfigured: false)
        let (silent, beginning) = come(.proxymap, &habit)
        #expect(!beginning.isGreeted && beginning.waits && silent.received == [])
        let isGreeted = silent.withSession { $0.greetIfSilent() }
        scene.turns()
        #expect(isGreeted && silent.text == greeting)
        let isGreetedAgain = silent.withSession { $0.greetIfSilent() }
        #expect(!isGreetedAgain)
        let (leaving, _) = come(.proxymap, &habit)
        leaving.withSession { $0.finish() }
        let isGreetedLate = leaving.withSession { $0.greetIfSilent() }
        #expect(!isGreetedLate)
    }
}
