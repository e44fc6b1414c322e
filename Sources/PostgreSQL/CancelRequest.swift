// Asking a server to give up what a connection waits for.

internal import CLibpq

/// What PQcancel(3) needs of a connection, for any thread.
@safe package final class CancelRequest: @unchecked Sendable {
    // It is not written to after it is made.
    private let request: OpaquePointer

    init(owning request: OpaquePointer) {
        unsafe self.request = unsafe request
    }

    deinit {
        unsafe PQfreeCancel(request)
    }

    /// Blocks, without a limit: PQcancel(3) makes a connection of its own, and waits until the server ends it.
    package func send() {
        var message = [CChar](repeating: 0, count: 256)
        _ = unsafe PQcancel(request, &message, Int32(message.count))
    }
}
