// Where the status server listens.

package enum StatusPlace: Sendable {
    /// A literal address: nothing is resolved.
    case internet(address: String, port: Int)
    /// A stream socket of any kind that is bound already. The server owns it from the call on.
    case descriptor(Int32)
}
