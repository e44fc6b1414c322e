// Standard streams that were closed when the program was started.

internal import Glibc

/// Opens /dev/null in place of each standard stream that is closed. Otherwise the next socket would get its number, and be
/// read from or written to as if it were the stream. To be called before anything else is opened.
package func openClosedStreams() throws(SystemError) {
    for stream in STDIN_FILENO...STDERR_FILENO where fcntl(stream, F_GETFD) < 0 {
        // open(2) takes the lowest number that is free, which is this one.
        try systemCall("open") { unsafe open("/dev/null", O_RDWR) }
    }
}
