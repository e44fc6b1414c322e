// Threads: one for each worker, and short-lived ones for calls that block.

internal import CLinux
internal import Glibc

/// Runs `body` on a new, detached thread.
///
/// - Parameter name: shown by ps(1) and top(1): 15 bytes of ASCII at most.
/// - Throws: the error of pthread_create(3). Then `body` has not run.
package func startThread(
    named name: String, _ body: sending @escaping () -> Void
) throws(SystemError) {
    final class Start {
        let name: String
        let body: () -> Void
        init(name: String, body: @escaping () -> Void) {
            self.name = name
            self.body = body
        }
    }
    // The new thread takes this reference over.
    let start = unsafe Unmanaged.passRetained(Start(name: name, body: body))
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    defer { unsafe pthread_attr_destroy(&attributes) }
    var thread = pthread_t()
    // Signals are the main thread's, even at a thread's first moment: it inherits which ones are blocked.
    var (all, own) = (sigset_t(), sigset_t())
    unsafe sigfillset(&all)
    // At a fault the runtime, or a sanitizer, must be able to report it.
    for fault in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS] {
        _ = unsafe sigdelset(&all, fault)
    }
    unsafe pthread_sigmask(SIG_SETMASK, &all, &own)
    defer { _ = unsafe pthread_sigmask(SIG_SETMASK, &own, nil) }
    let code = unsafe pthread_create(
        &thread, &attributes,
        { argument in
            let start = unsafe Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
            _ = unsafe pthread_setname_np(pthread_self(), String(start.name.prefix(15)))
            start.body()
            return nil
        }, start.toOpaque())
    if code != 0 {
        unsafe start.release()
        throw SystemError(call: "pthread_create", code: code)
    }
}
