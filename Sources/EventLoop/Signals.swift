// Signals as events of a loop, with signalfd(2).

internal import CLinux
internal import Glibc

/// The signals that mapmux acts on.
package enum Signal: CaseIterable, Sendable {
    /// Read the configuration again.
    case hangup
    /// Answer what is under way, then exit.
    case terminate
    case interrupt
    /// Start the program anew, and hand everything over to it.
    case upgrade

    package var number: Int32 {
        switch self {
        case .hangup: SIGHUP
        case .terminate: SIGTERM
        case .interrupt: SIGINT
        case .upgrade: SIGUSR2
        }
    }
}

/// Receives every `Signal`, which has no other effect from then on. SIGPIPE has none at all: the end of a log's reader
/// must not end the daemon. To be made before any thread is started: threads inherit which signals are blocked.
package final class SignalReceiver {
    private let descriptorOwner: Descriptor

    package init() throws(SystemError) {
        _ = signal(SIGPIPE, SIG_IGN)
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for signal in Signal.allCases { unsafe sigaddset(&signals, signal.number) }
        let code = unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        if code != 0 { throw SystemError(call: "pthread_sigmask", code: code) }
        descriptorOwner = Descriptor(
            owning: try systemCall("signalfd") {
                unsafe signalfd(-1, &signals, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
            })
    }

    /// Readable when a signal has come.
    package var descriptor: Int32 { descriptorOwner.raw }

    /// The next signal that has come; nil if there is none.
    package func take() -> Signal? {
        var information = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        guard unsafe read(descriptor, &information, size) == size else { return nil }
        return Signal.allCases.first { $0.number == Int32(information.ssi_signo) }
    }
}
