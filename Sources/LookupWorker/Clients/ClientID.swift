// Identifies a client of a worker, so that work that is put off can't be done for another client.

/// One use of one of a worker's places for clients.
struct ClientID: Hashable, BitwiseCopyable {
    /// Names the client in `Requester.client` until the client ends; another one may get the number then.
    let number: UInt32
    let generation: UInt32
}
