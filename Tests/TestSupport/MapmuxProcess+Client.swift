// A socketmap client of a daemon under test.

import ThrowawayServers

extension MapmuxProcess {
    /// - Parameter timeLimit: seconds that one read or one write may block; a bound for hung tests.
    package func client(timeLimit: Int = 60) throws -> SocketmapClient {
        try SocketmapClient(path: socketPath, timeLimit: timeLimit)
    }
}
