// The resources of the status server by path.

internal import LookupStatistics
internal import NIOCore
internal import NIOHTTP1
internal import StatusPages

/// On the server's event loop only.
final class StatusSite {
    private let exchange: SnapshotExchange
    private let encode: SnapshotEncoder
    private let checksHost: Bool

    /// - Parameter checksHost: whether to answer for literal addresses and localhost only. That is necessary if browsers can
    ///   connect: otherwise any page on the web could read the figures by a name that leads to 127.0.0.1.
    init(exchange: SnapshotExchange, encode: @escaping SnapshotEncoder, checksHost: Bool) {
        self.exchange = exchange
        self.encode = encode
        self.checksHost = checksHost
    }

    func answer(_ request: HTTPRequestHead, _ send: @escaping (StatusResponse) -> Void) {
        if checksHost, let host = request.headers.first(name: "Host"), !HostField(host).isLocal {
            return send(
                .text(
                    .misdirectedRequest,
                    "found the host name \(HostField(host).printable), expected localhost or an address"))
        }
        let path = request.uri.prefix { $0 != "?" && $0 != "#" }
        guard let resource = Resource(rawValue: String(path)) else {
            let all = Resource.allCases.map(\.rawValue).joined(separator: " ")
            return send(.text(.notFound, "nothing is here; there are \(all)"))
        }
        guard request.method == .GET || request.method == .HEAD else {
            var response = StatusResponse.text(.methodNotAllowed, "expected GET or HEAD")
            response.headers.add(name: "Allow", value: "GET, HEAD")
            return send(response)
        }
        switch resource {
        case .page: send(Self.page())
        case .health: send(.text(.ok, "mapmux is running"))
        case .readiness, .metrics, .statistics, .history:
            exchange.request { [self] snapshot in
                guard let snapshot else {
                    return send(.text(.serviceUnavailable, "the workers are too busy to tell"))
                }
                send(figures(resource, snapshot))
            }
        }
    }

    private enum Resource: String, CaseIterable {
        case page = "/"
        case metrics = "/metrics"
        case statistics = "/stats.json"
        case history = "/history.json"
        case health = "/healthz"
        case readiness = "/readyz"
    }

    private static func page() -> StatusResponse {
        // Only scripts and styles that carry this number may run. It is a new one each time.
        let nonce =
            String(UInt64.random(in: .min ... .max), radix: 36)
            + String(UInt64.random(in: .min ... .max), radix: 36)
        return StatusResponse(
            .ok, type: "text/html; charset=utf-8", body: ByteBuffer(string: StatusPage.text(nonce: nonce)),
            policy: StatusPage.policy(nonce: nonce))
    }

    private func figures(_ resource: Resource, _ snapshot: StatisticsSnapshot) -> StatusResponse {
        switch resource {
        case .metrics:
            return StatusResponse(
                .ok, type: MetricsText.contentType, body: ByteBuffer(string: MetricsText.render(snapshot)))
        case .statistics:
            return StatusResponse(
                .ok, type: "application/json", body: ByteBuffer(bytes: encode(snapshot)))
        case .history:
            return StatusResponse(
                .ok, type: "application/json",
                body: ByteBuffer(string: HistoryText.render(snapshot.history)))
        case .readiness:
            let (isReady, lines) = ReadinessProbe.lines(snapshot)
            return .text(isReady ? .ok : .serviceUnavailable, lines.joined(separator: "\n"))
        case .page, .health: preconditionFailure("\(resource.rawValue) needs no figures")
        }
    }
}
