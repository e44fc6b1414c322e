// Counts a request's bytes before they are parsed.

internal import NIOCore

/// The first handler of a connection's pipeline.
final class RequestBound: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: StatusConnection

    init(of connection: StatusConnection) {
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch connection.receive(bytes: unwrapInboundIn(data).readableBytes) {
        case .pass: context.fireChannelRead(data)
        case .drop: break
        case .refuse: context.fireErrorCaught(RequestTooLong())
        }
    }
}
