// What a client of the status listener sends.

internal import LookupStatistics
internal import NIOCore
internal import NIOEmbedded
internal import NIOHTTP1

@testable internal import StatusServer

/// Requests, in pieces: FF ends a piece.
func fuzzStatus(_ input: [UInt8]) {
    let loop = EmbeddedEventLoop()
    let source: SnapshotSource = { $0(StatisticsSnapshot()) }
    let connections = StatusConnections(
        limits: StatusLimits(),
        site: StatusSite(
            exchange: SnapshotExchange(loop: loop, source: source), encode: { _ in Array("{}".utf8) },
            checksHost: true))
    let channel = EmbeddedChannel(loop: loop)
    do {
        try connections.take(channel)
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    } catch {
        fatalError("no channel: \(error)")
    }
    var output: [UInt8] = []
    for piece in input.split(separator: 0xFF, omittingEmptySubsequences: true) {
        // What goes wrong is the connection's to answer.
        _ = try? channel.writeInbound(ByteBuffer(bytes: piece))
        loop.run()
        while let buffer = (try? channel.readOutbound(as: ByteBuffer.self)) ?? nil {
            output += Array(buffer.readableBytesView)
        }
    }
    checkAnswers(output)
    loop.advanceTime(by: .seconds(200))
    check(!channel.isActive, "it stays for ever")
    _ = try? channel.finish(acceptAlreadyClosed: true)
}

/// Nothing but answers, of which each has the length that it says.
private func checkAnswers(_ output: [UInt8]) {
    var rest = output[...]
    while !rest.isEmpty {
        check(
            rest.starts(with: "HTTP/1.".utf8),
            "no answer: \(String(decoding: rest.prefix(80), as: UTF8.self))")
        guard let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) else {
            fatalError("a head without an end")
        }
        let head = String(decoding: rest[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let lengths = head.filter { $0.hasPrefix("Content-Length: ") }.compactMap { Int($0.dropFirst(16)) }
        check(lengths.count == 1, "no length, or several: \(head)")
        check(
            head.dropFirst().allSatisfy { $0.contains(": ") && !$0.contains("\n") },
            "a field that is none: \(head)")
        rest = rest[end.upperBound...]
        // An answer to HEAD has no body: the next begins at once, or nothing follows.
        if rest.isEmpty || rest.starts(with: "HTTP/1.".utf8) { continue }
        check(rest.count >= lengths[0], "a body that is cut short")
        rest = rest.dropFirst(lengths[0])
    }
}
