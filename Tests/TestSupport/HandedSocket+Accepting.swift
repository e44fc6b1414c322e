// A test that answers its own listening socket, in place of a daemon.

import CLinux
import Glibc
import ThrowawayServers

extension HandedSocket {
    /// Takes in a client itself, once there is one.
    package func accept() throws -> StreamSocket {
        let client = accept4(descriptor, nil, nil, Int32(SOCK_CLOEXEC.rawValue))
        guard client >= 0 else { throw SupportError("cannot accept on \(path): \(errorText())") }
        return StreamSocket(owning: client)
    }
}
