// What the thread that listens is told.

internal import Logging

enum ListenerMessage: Sendable {
    case adopt([ListenedTarget], Logger.Level)
    case pause(String?, Int64)
    case resume(String?)
    case end
}
