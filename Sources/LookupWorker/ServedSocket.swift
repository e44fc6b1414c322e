// A socket that a worker listens on.

package import Configuration
package import EventLoop

/// A listening socket, and what its clients speak.
package struct ServedSocket: Sendable {
    package let socket: ListeningSocket
    package let endpoint: Configuration.Endpoint

    package init(socket: ListeningSocket, endpoint: Configuration.Endpoint) {
        self.socket = socket
        self.endpoint = endpoint
    }
}
