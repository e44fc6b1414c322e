// A socket that clients connect to, and what they speak there.

/// A protocol that clients speak.
package enum Service: String, Sendable {
    case socketmap
    case proxymap
}

package struct Endpoint: Equatable, Sendable {
    package let path: String
    package let service: Service
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
                path: path, service: .proxymap, terms: ProxymapTerms(relay: general.relay, greets: false))
        } else {
            guard let service = Service(rawValue: name) else { return nil }
            self.init(path: path, service: service, terms: general)
        }
    }

    private static let nameWithoutGreeting = "proxymap-no-greeting"
}
