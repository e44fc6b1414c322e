// mapmux-fuzz: one harness, which HARNESS names, under libFuzzer, whose options are the arguments.

internal import CLibFuzzer
internal import Glibc

@main
struct Fuzzing {
    static func main() {
        guard selected != nil else {
            // Also how deploy/fuzz.sh learns their names.
            for harness in Harness.all { print(harness.name) }
            exit(64)
        }
        var argumentCount = CommandLine.argc
        // libFuzzer reads the arguments of the process, which live as long.
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe CommandLine.unsafeArgv
        exit(
            unsafe LLVMFuzzerRunDriver(&argumentCount, &arguments) { data, count in
                let input = unsafe [UInt8](UnsafeBufferPointer(start: data, count: count))
                selected?.run(input)
                return 0
            })
    }
}

/// In the environment and not in the arguments, since libFuzzer starts itself again for some of its options.
private let selected: Harness? = {
    guard let name = unsafe getenv("HARNESS") else { return nil }
    return Harness.all.first { unsafe $0.name == String(cString: name) }
}()
