// Questions of a command to the running daemon, and the complaint if no daemon answers.

internal import ArgumentParser
internal import Daemon
internal import LookupStatistics

extension ConfigurationOptions {
    /// A connection to the daemon that has this configuration.
    func connectToDaemon() throws -> ControlClient {
        guard let path = source.controlSocket({ complain($0) }) else { throw ExitCode.configurationError }
        return try orComplain { () throws(ControlError) in try ControlClient(path: path) }
    }
}

/// Runs code that may find no daemon running; complains if so.
func orComplain<Value>(_ body: () throws(ControlError) -> Value) throws -> Value {
    do throws(ControlError) {
        return try body()
    } catch {
        complain("\(error)")
        throw ExitCode.unavailable
    }
}

extension ControlClient {
    func statistics() throws -> StatisticsSnapshot {
        let answer = try orComplain { () throws(ControlError) in try ask(.stats) }
        guard let statistics = answer.statistics else {
            for message in answer.messages { complain(message) }
            throw ExitCode.unavailable
        }
        return statistics
    }
}
