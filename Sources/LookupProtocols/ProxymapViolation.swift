// The mistakes that a proxymap client can make.

/// How bytes can fail to be a proxymap request. The consequence is always the same: the connection is closed when the
/// requests before are answered.
///
/// There is no answer. Postfix's own server answers BAD, on which Postfix's own client dies; and a client that makes such a
/// mistake may expect any list of names in the reply.
package enum ProxymapViolation: Equatable, Sendable {
    /// The request is longer than the limit, in bytes.
    case tooLong(limit: Int)
    /// The attributes are not exactly those of the request, in Postfix's order.
    case unexpectedAttribute
    /// The flags or the function are not a number, or are a number of more than 32 bits.
    case malformedNumber
}
