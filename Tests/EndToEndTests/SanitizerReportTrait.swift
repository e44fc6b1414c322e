// Has every test fail during which a sanitizer reports something of a process that the test has started.

import Testing
import ThrowawayServers

struct SanitizerReportTrait: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let before = try Sanitizer.reports()
        let result: Result<Void, any Error>
        do { result = .success(try await function()) } catch { result = .failure(error) }
        for report in try Sanitizer.reports().subtracting(before).sorted() {
            Issue.record("\(String(decoding: try readFile(report), as: UTF8.self))")
        }
        try result.get()
    }
}

extension Trait where Self == SanitizerReportTrait {
    static var sanitizerReports: Self { Self() }
}
