// A socket that clients connect to, and what they speak there.

package import LookupValues

package struct Endpoint: Equatable, Sendable {
    package let path: String
    package let clientProtocol: ClientProtocol
    package let terms: ProxymapTerms
}

extension Endpoint {
    /// What clients speak at a socket that was handed over and that no parameter names; nil where its name does not say so.
    ///
    /// - Parameters:
    ///   - name: FileDescriptorName= of systemd.socket(5).
    ///   - general: what holds for proxymap sockets.
    package init?(path: String, descriptorName name: String, _ general: ProxymapTerms) {
        if name == Self.nameWithoutGreeting {
            self.init(
                path: path, clientProtocol: .proxymap,
                terms: ProxymapTerms(relay: general.relay, greets: false))
        } else {
            guard let clientProtocol = ClientProtocol(rawValue: name) else { return nil }
            self.init(path: path, clientProtocol: clientProtocol, terms: general)
        }
    }

    private static let nameWithoutGreeting = "proxymap-no-greeting"
}
