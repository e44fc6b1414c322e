// Upgrades: a successor takes this process's place, as this one has taken its predecessor's.

internal import Configuration
internal import EventLoop
internal import Logging
internal import LookupValues
internal import LookupWorker

extension Daemon {
    /// Has the predecessor end, if there is one. Until now it might have had to go on, with its sockets as they were.
    ///
    /// - Returns: whether there is a predecessor.
    func takePlace() -> Bool {
        guard let predecessor = predecessor.take() else { return false }
        for given in inherited where given.name == nil {
            given.socket.takeFile()
            // This includes a control socket that can't be listened on yet.
            let isControl = given.socket.path == configuration.settings.controlSocket
            if isControl || sockets.contains(where: { $0.socket === given.socket }) {
                do throws(ListenError) {
                    try given.socket.apply(
                        isControl ? Self.controlPermissions : configuration.settings.socketPermissions)
                } catch {
                    logger.error(
                        "permissions can't be set",
                        metadata: ["path": "\(given.socket.path)", "error": "\(error)"])
                }
            } else {
                given.socket.removeFile()
            }
        }
        predecessor.release()
        return true
    }

    /// How long a successor may take until it serves, in nanoseconds.
    private static let startTime: Int64 = 30_000_000_000

    /// Starts the program that is now at the path by which this process was started, with the same arguments, and hands it
    /// every socket.
    func startSuccessor() {
        do throws(SystemError) {
            var handed: [(name: String?, socket: ListeningSocket)] = []
            for socket in sockets.map(\.socket) + [control.socket].compactMap({ $0 }) {
                handed.append((inherited.first { $0.socket === socket }?.name, socket))
            }
            let process = try Successor(
                program: program, arguments: Array(CommandLine.arguments.dropFirst()), handing: handed)
            do throws(SystemError) {
                let registration = try loop.register(process.descriptor, for: .readable, handler: alarm)
                successor = (process, registration, loop.now.advanced(byNanoseconds: Self.startTime))
            } catch {
                process.end()
                throw error
            }
            logger.notice("upgrading", metadata: ["process": "\(process.process)"])
        } catch {
            logger.error("the upgrade has failed: this process goes on", metadata: ["error": "\(error)"])
        }
    }

    /// Gives way to a successor that serves; goes on if the successor fails.
    func lookAfterSuccessor() {
        guard let (process, registration, deadline) = successor else { return }
        let isLate = deadline <= loop.now
        let outcome = process.outcome()
        if outcome == nil && !isLate { return }
        loop.remove(registration)
        successor = nil
        if outcome == .serving {
            logger.notice(
                "upgraded: serving the clients that are left", metadata: ["process": "\(process.process)"])
            isDraining = true
            // From now on the successor reports to the manager.
            manager?.tell(.mainProcess(process.process))
            manager = nil
            watch = nil
            for served in sockets { served.socket.handOver() }
            control.socket?.handOver()
            closeControlSocket()
            closeStatus()
            sockets = []
            retireDeadline = loop.now.advanced(byNanoseconds: drainTime)
            for worker in workers { worker.post(.retire) }
        } else {
            if outcome == nil { process.end() }
            logger.error(
                "the upgrade has failed: this process goes on",
                metadata: ["error": outcome == nil ? "it does not serve in time" : "see what it has logged"])
        }
    }
}
