// A socket that a worker listens on.

package import Configuration
package import EventLoop

/// A listening socket and the protocol of its clients.
package struct ServedSocket: Sendable {
    package let socket: ListeningSocket
    package let endpoint: Configuration.Endpoint

    package init(socket: ListeningSocket, endpoint: Configuration.Endpoint) {
        self.socket = socket
        self.endpoint = endpoint
    }
}
