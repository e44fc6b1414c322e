// The command's arguments as bytes.

// For strlen().
internal import Glibc

extension CommandLine {
    /// The bytes of an argument. Unlike a String's they need not be UTF-8.
    static func bytes(of argument: String) -> [UInt8] {
        for index in (0..<Int(argc)).reversed() {
            // argv holds argc C strings.
            guard let raw = unsafe unsafeArgv[index] else { continue }
            let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: raw, count: strlen(raw)))
            if String(decoding: bytes, as: UTF8.self) == argument { return bytes }
        }
        return Array(argument.utf8)
    }
}
