// An answer of the status server.

internal import NIOCore
internal import NIOHTTP1

struct StatusResponse {
    let status: HTTPResponseStatus
    var headers: HTTPHeaders
    let body: ByteBuffer

    /// - Parameter policy: the Content-Security-Policy: what a browser may load for it.
    init(
        _ status: HTTPResponseStatus, type: String, body: ByteBuffer,
        policy: String = "default-src 'none'; frame-ancestors 'none'"
    ) {
        self.status = status
        self.body = body
        headers = [
            "Content-Type": type, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer", "Content-Security-Policy": policy,
        ]
    }

    static func text(_ status: HTTPResponseStatus, _ line: String) -> StatusResponse {
        StatusResponse(
            status, type: "text/plain; charset=utf-8", body: ByteBuffer(string: "\(line)\n"))
    }
}
