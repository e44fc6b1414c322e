// The code of a server's error.

/// Five characters, listed in PostgreSQL's manual, appendix A, in a form that is compared at once.
package struct SQLState: Equatable, BitwiseCopyable, Sendable {
    /// 0: the server gave none.
    @usableFromInline let code: UInt64

    /// None.
    @inlinable package init() {
        code = 0
    }

    /// - Parameter text: as the server sends it; what is beyond eight bytes does not count.
    package init(_ text: String) {
        code = text.utf8.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Class 22, data exception: the error is about the key, which is the same at every host.
    package var isDataException: Bool {
        code >> 24 == UInt64(UInt8(ascii: "2")) << 8 | UInt64(UInt8(ascii: "2"))
    }
}
