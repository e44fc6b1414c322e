// Which client of a worker: so that what is to be done later is done to no other one.

/// One life of one of a worker's places for clients.
struct ClientID: Hashable, BitwiseCopyable {
    /// Names the client in `Requester.client` until it ends; then another one may get it.
    let number: UInt32
    let generation: UInt32
}
