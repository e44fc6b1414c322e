// A socket that clients connect to, and the protocol they use there.

package import LookupValues

package struct Endpoint: Equatable, Sendable {
    package let path: String
    package let clientProtocol: ClientProtocol
    package let terms: ProxymapTerms
}

extension Endpoint {
    /// The protocol at a socket that was handed over and that no parameter names; nil if its name is no protocol's.
    ///
    /// - Parameters:
    ///   - name: FileDescriptorName= of systemd.socket(5).
    ///   - general: what applies to proxymap sockets.
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
