// What a lookup costs in each pure part of mapmux, without a socket or a database: `Benchmarks/run.sh --micro`.

internal import Benchmark
internal import LookupProtocols
internal import LookupTables
internal import LookupValues

private let key = Array("user123456@example456.com".utf8)
private let value = Array("mbox123456@store6.example.net".utf8)
private let socketmapRequest = Array("30:alias user123456@example456.com,".utf8)
private let proxymapRequest = Array(
    "request\0lookup\0table\0pgsql:/etc/postfix/alias.cf\0flags\016448\0key\0user123456@example456.com\0\0"
        .utf8)

/// Each iteration is a thousand lookups, and the figures are of one.
private let lookupsPerIteration = 1_000

let benchmarks: @Sendable () -> Void = {
    unsafe Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .instructions], scalingFactor: .kilo,
        maxDuration: .seconds(1), maxIterations: 1_000)

    Benchmark("decode: socketmap request") { benchmark in
        for _ in benchmark.scaledIterations {
            blackHole(SocketmapRequest.decode(socketmapRequest.span, at: 0))
        }
    }

    Benchmark("decode: proxymap request") { benchmark in
        for _ in benchmark.scaledIterations {
            blackHole(ProxymapRequest.decode(proxymapRequest.span, at: 0))
        }
    }

    Benchmark("key: what the query is asked for it") { benchmark in
        let table = table("query = SELECT forw_addr FROM mxaliases WHERE alias = '%s'")
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            blackHole(table.question(for: key.span, folds: .full))
        }
    }

    Benchmark("template: %s to a parameter") { benchmark in
        fill(benchmark, table("query = SELECT forw_addr FROM mxaliases WHERE alias = '%s'"))
    }

    Benchmark("template: %u and %d to two parameters") { benchmark in
        fill(benchmark, table("query = SELECT goto FROM boxes WHERE name = '%u' AND domain = '%d'"))
    }

    for count in [1, 100, 1_000] {
        Benchmark(
            "pool: submit, dispatch and succeed, \(count) at a time",
            configuration: .init(scalingFactor: .kilo)
        ) { benchmark in
            var round = PoolRound(keys: (0..<count).map { Array("user\($0)@example.com".utf8) })
            benchmark.startMeasurement()
            for _ in 0..<lookupsPerIteration / count { blackHole(round.run()) }
        }
    }

    Benchmark("result: plain format") { benchmark in
        build(benchmark, table("query = SELECT forw_addr FROM mxaliases WHERE alias = '%s'"))
    }

    Benchmark("result: format with parts") { benchmark in
        build(
            benchmark,
            table("query = SELECT forw_addr FROM mxaliases WHERE alias = '%s'\nresult_format = <%u@%d>"))
    }

    Benchmark("encode: socketmap reply") { benchmark in
        let outcome = LookupOutcome.found(value)
        var output: [UInt8] = []
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            output.removeAll(keepingCapacity: true)
            SocketmapReply.append(outcome, to: &output)
            blackHole(output.count)
        }
    }

    Benchmark("encode: proxymap reply") { benchmark in
        guard case .request(let request, _) = ProxymapRequest.decode(proxymapRequest.span, at: 0) else {
            preconditionFailure("the request is none")
        }
        let reply = ProxymapReply(to: request)
        let outcome = LookupOutcome.found(value)
        var output: [UInt8] = []
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            output.removeAll(keepingCapacity: true)
            reply.append(outcome, to: &output)
            blackHole(output.count)
        }
    }
}

private func table(_ query: String) -> TableDefinition {
    var diagnostics: [Diagnostic] = []
    let read = TableDefinitionReader.read(
        file: "/etc/postfix/alias.cf", contents: Array("hosts = db\ndbname = mail\n\(query)\n".utf8),
        readFile: { _ in nil }, diagnostics: &diagnostics)
    guard let read else { preconditionFailure("\(diagnostics)") }
    return read
}

private func fill(_ benchmark: Benchmark, _ table: TableDefinition) {
    var output: [UInt8] = []
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
        output.removeAll(keepingCapacity: true)
        for index in 0..<table.template.parameterCount {
            table.template.appendParameter(index, key: key.span, into: &output)
        }
        blackHole(output.count)
    }
}

private func build(_ benchmark: Benchmark, _ table: TableDefinition) {
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
        var builder = ResultBuilder(table: table, key: key)
        builder.add(value.span)
        blackHole(builder.finish())
    }
}
