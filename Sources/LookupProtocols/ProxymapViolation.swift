// What a proxymap client can get wrong.

/// How bytes fail to be a proxymap request. What follows is always the same: the connection is closed, when the
/// requests before are answered.
///
/// There is no answer. Postfix's own server says BAD, on which a client of its own dies; and a client that is so
/// wrong may expect any list of names in the reply.
package enum ProxymapViolation: Equatable, Sendable {
    /// The request is longer than the limit, in bytes.
    case tooLong(limit: Int)
    /// The attributes are not exactly those of the request, in Postfix's order.
    case unexpectedAttribute
    /// The flags or the function are not a number, or one of more than 32 bits.
    case malformedNumber
}
