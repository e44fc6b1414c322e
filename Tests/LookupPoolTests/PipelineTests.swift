// What is in flight on one connection.

import Testing

@testable import LookupPool

@Suite("Pipeline")
struct PipelineTests {
    private let query = InFlight.query(QueryID(index: 3))
    private let array = InFlight.array(table: 0, [QueryID(index: 1), QueryID(index: 2)])

    @Test("Each query of an array statement counts; a Sync, a reset and a release don't")
    func load() {
        var pipeline = Pipeline()
        pipeline.push(query, isApart: false)
        pipeline.push(array, isApart: false)
        pipeline.push(.reset(.question, table: nil), isApart: true)
        pipeline.push(.release(table: 0, isArray: false), isApart: true)
        pipeline.closeBatch()
        #expect(pipeline.load == 3)
        #expect(pipeline.pop() == query)
        #expect(pipeline.load == 2 && pipeline.next == array)
    }

    @Test("Batches of statements that had to go alone are not among those that gather others")
    func gathering() {
        var pipeline = Pipeline()
        pipeline.push(.check, isApart: true)
        pipeline.closeBatch()
        #expect(pipeline.gatheringBatches == 0)
        pipeline.push(.check, isApart: true)
        pipeline.push(query, isApart: false)
        #expect(pipeline.gathers && pipeline.hasOpenBatch)
        pipeline.closeBatch()
        #expect(!pipeline.gathers && !pipeline.hasOpenBatch && pipeline.gatheringBatches == 1)
        _ = pipeline.pop()
        #expect(pipeline.endBatch() == nil)
        #expect(pipeline.gatheringBatches == 1)
        _ = (pipeline.pop(), pipeline.pop())
        #expect(pipeline.endBatch() == nil)
        #expect(pipeline.gatheringBatches == 0 && pipeline.isEmpty)
    }

    @Test("What is slow, tried or learnt ends with the last result, whatever Syncs are left")
    func slow() {
        var pipeline = Pipeline()
        pipeline.push(query, isApart: true)
        pipeline.push(query, isApart: true)
        pipeline.noteSlow()
        pipeline.noteTrial(true)
        pipeline.noteLearning()
        pipeline.closeBatch()
        _ = pipeline.pop()
        #expect(pipeline.holdsSlow && pipeline.isTrial && pipeline.isLearning)
        _ = pipeline.pop()
        #expect(!pipeline.holdsSlow && !pipeline.isTrial && !pipeline.isLearning && !pipeline.isEmpty)
    }

    @Test("A query that awaits the end of its batch is answered with that, and unanswered until then")
    func uncommitted() {
        var pipeline = Pipeline()
        pipeline.push(query, isApart: true)
        pipeline.closeBatch()
        _ = pipeline.pop()
        pipeline.awaitEnd(of: QueryID(index: 3))
        #expect(Array(pipeline.unanswered) == [query, .sync])
        #expect(pipeline.endBatch() == QueryID(index: 3))
        #expect(pipeline.uncommitted == nil && pipeline.unanswered.isEmpty)
    }
}
