// A client of the status server: one request at a time, each within its time and size.

internal import NIOCore
internal import NIOHTTP1

/// Thrown at a request that is too long.
struct RequestTooLong: Error {}

/// On the server's event loop only.
final class StatusConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Phase {
        /// No byte of the next request has come. Then: reading, closing.
        case waiting
        /// A request has begun. Then: answering, closing.
        case reading
        /// The whole request is there; its answer is made or written. Then: waiting, closing.
        case answering
        /// The last answer is on its way, and further bytes are dropped. Then the end.
        case closing
    }

    /// What to do with bytes that have come.
    enum Reception {
        case pass
        case drop
        case refuse
    }

    private let limits: StatusLimits
    private let site: StatusSite
    private let ended: (StatusConnection) -> Void
    private var phase = Phase.waiting
    private(set) var waitingSince = NIODeadline.now()
    private var receivedBytes = 0
    private var head: HTTPRequestHead?
    /// Whether the next answer is the last: the client has sent more than it may before it, or wants no other.
    private var isLast = false
    private var timer: Scheduled<Void>?
    private var context: ChannelHandlerContext?

    /// - Parameter ended: is called when the connection has ended.
    init(limits: StatusLimits, site: StatusSite, ended: @escaping (StatusConnection) -> Void) {
        self.limits = limits
        self.site = site
        self.ended = ended
    }

    var isWaiting: Bool {
        switch phase {
        case .waiting, .reading: true
        case .answering, .closing: false
        }
    }

    func close() {
        context?.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        setTimer(limits.requestTime)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    private func end() {
        timer?.cancel()
        timer = nil
        context = nil
        phase = .closing
        ended(self)
    }

    /// Closes the connection after so long, unless there is another timer before.
    private func setTimer(_ time: TimeAmount) {
        guard let context else { return }
        timer?.cancel()
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: time) { [weak self] in self?.close() }
    }

    // MARK: Requests

    /// To be called with the number of all bytes from the socket, before they are parsed.
    func receive(bytes: Int) -> Reception {
        switch phase {
        case .closing: return .drop
        case .waiting: begin()
        case .reading, .answering: break
        }
        receivedBytes += bytes
        return receivedBytes > limits.requestBytes ? .refuse : .pass
    }

    private func begin() {
        phase = .reading
        setTimer(limits.requestTime)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let new):
            // It may have come together with the one before, which is answered already.
            if phase == .waiting { begin() }
            // A client that sends more requests before the answer can repeat them on another connection.
            if phase == .reading && head == nil { head = new } else { isLast = true }
        case .body: isLast = true
        case .end:
            guard phase == .reading, let head else { return }
            phase = .answering
            if !head.isKeepAlive { isLast = true }
            let isHead = head.method == .HEAD
            let version = head.version
            site.answer(head) { [weak self] response in
                self?.send(response, version: version, isHead: isHead)
            }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .some(.inputClosed) = event as? ChannelEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        if phase == .answering { isLast = true } else { close() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let response: StatusResponse? =
            switch error {
            case is RequestTooLong:
                .text(
                    .requestHeaderFieldsTooLarge,
                    "found a request longer than \(limits.requestBytes) bytes, expected a short one"
                )
            case is HTTPParserError: .text(.badRequest, "this is not HTTP/1.1")
            default: nil
            }
        switch (phase, response) {
        case (.closing, _): break
        case (.waiting, .some(let response)), (.reading, .some(let response)):
            isLast = true
            send(response, version: .http1_1, isHead: false)
        case (_, nil), (.answering, _): close()
        }
    }

    // MARK: Answers

    private func send(_ response: StatusResponse, version: HTTPVersion, isHead: Bool) {
        guard let context, phase != .closing else { return }
        var headers = response.headers
        headers.add(name: "Content-Length", value: "\(response.body.readableBytes)")
        if isLast { headers.add(name: "Connection", value: "close") }
        if !isLast && version == .http1_0 { headers.add(name: "Connection", value: "keep-alive") }
        let head = HTTPResponseHead(version: version, status: response.status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !isHead { context.write(wrapOutboundOut(.body(.byteBuffer(response.body))), promise: nil) }
        phase = isLast ? .closing : .answering
        setTimer(limits.requestTime)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenSuccess { [weak self] in
            self?.finishAnswer()
        }
    }

    /// The kernel has taken all of the answer.
    private func finishAnswer() {
        guard let context else { return }
        guard isLast else {
            phase = .waiting
            waitingSince = .now()
            receivedBytes = 0
            head = nil
            return setTimer(limits.idleTime)
        }
        // If this end closed with unread bytes, the kernel would drop the answer. A quick client closes first.
        phase = .closing
        setTimer(limits.farewellTime)
        context.close(mode: .output, promise: nil)
    }
}
