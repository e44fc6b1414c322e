// The terminal, for a program that draws its whole screen.

internal import CLinux
internal import Glibc
package import LookupValues

/// Standard output as a screen of the program's own, until `restore`.
package final class Terminal {
    /// An event while waiting.
    package enum Event: Equatable {
        case key(UInt8)
        case resized
        /// By a signal, or because the terminal is gone.
        case ended
        case deadline
    }

    private var former = termios()
    private let signals: Descriptor

    /// Takes the screen over.
    ///
    /// - Throws: ENOTTY if standard input or output is no terminal.
    package init() throws(SystemError) {
        guard isatty(STDOUT_FILENO) == 1 else { throw SystemError(call: "isatty", code: ENOTTY) }
        var watched = sigset_t()
        unsafe sigemptyset(&watched)
        for signal in [SIGWINCH, SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&watched, signal) }
        let code = unsafe pthread_sigmask(SIG_BLOCK, &watched, nil)
        if code != 0 { throw SystemError(call: "pthread_sigmask", code: code) }
        signals = Descriptor(
            owning: try systemCall("signalfd") {
                unsafe signalfd(-1, &watched, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
            })
        try systemCall("tcgetattr") { unsafe tcgetattr(STDIN_FILENO, &former) }
        var raw = former
        // Keys come at once, and are not echoed, ^C among them.
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
        try systemCall("tcsetattr") { unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) }
        // xterm's alternate screen, no cursor, and no wrapping of lines, which would wrap while the size changes.
        put("\u{1b}[?1049h\u{1b}[?25l\u{1b}[?7l")
    }

    /// Gives the screen back as it was. To be called before the process ends.
    package func restore() {
        // The screen is cleared first: after a change of size, tmux(1) would take its text for history and put it before the
        // shell's lines.
        put("\u{1b}[H\u{1b}[J\u{1b}[?7h\u{1b}[?25h\u{1b}[?1049l")
        _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &former)
    }

    /// The present size; 80 by 24 if the terminal does not say.
    package var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
        else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Replaces the text on the screen.
    package func show(_ lines: [String]) {
        // Each line clears the rest to its right. Without a blank screen in between nothing flickers. A full line has no rest,
        // and the cursor would still be on its last character.
        let columns = size.columns
        let text = lines.map { $0.count < columns ? "\($0)\u{1b}[K" : $0 }.joined(separator: "\r\n")
        put("\u{1b}[H\(text)" + ((lines.last?.count ?? 0) < columns ? "\u{1b}[J" : ""))
    }

    /// Waits for a key, another size, the end, or the deadline.
    package func wait(until deadline: Instant) -> Event {
        let interests = [Interest(signals.raw, .readable), Interest(STDIN_FILENO, .readable)]
        let ready = waitUntilReady(interests, until: deadline)
        if ready[0].contains(.readable) {
            var information = signalfd_siginfo()
            let size = MemoryLayout<signalfd_siginfo>.size
            guard unsafe read(signals.raw, &information, size) == size else { return .deadline }
            return information.ssi_signo == UInt32(SIGWINCH) ? .resized : .ended
        }
        guard ready[1].contains(.readable) else { return .deadline }
        var key: UInt8 = 0
        return unsafe read(STDIN_FILENO, &key, 1) == 1 ? .key(key) : .ended
    }

    private func put(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { return }
            rest = rest.dropFirst(max(0, count))
        }
    }
}
