import Model
import Storage
import TestSupport
import Testing

@Suite("How the store finds things", .timeLimit(.minutes(2)))
struct LookupTests {
    /// Says how the engine would look for what is asked, and gives no rows.
    private final class Planner: Transaction {
        private let inner: any Transaction
        private(set) var steps: [String] = []

        init(_ inner: any Transaction) { self.inner = inner }

        var dialect: Dialect { inner.dialect }
        var failure: StoreError? { inner.failure }
        var slot: Int64 { inner.slot }

        func lock(_ names: [LockName]) throws(StoreError) -> Bool { try inner.lock(names) }

        func run(_ sql: String, _ values: [SQLValue]) throws(StoreError) -> Int { try inner.run(sql, values) }

        func rows(_ sql: String, _ values: [SQLValue]) throws(StoreError) -> [Row] {
            for row in try inner.rows("EXPLAIN QUERY PLAN \(sql)", values) { steps.append(try row.text(3)) }
            return []
        }

        func raise(_ signal: StoreSignal) { inner.raise(signal) }

        func count(_ counter: Counter, because reason: String?, by amount: Int64, of endpoint: Endpoint) {
            inner.count(counter, because: reason, by: amount, of: endpoint)
        }
    }

    @Test("What is looked for on one thread is not looked for among the messages of all")
    func thread() async throws {
        let fresh = try await Backend.memory.make()
        let steps = try await fresh.store.write { transaction in
            let planner = Planner(transaction)
            let leg = LegID(at: TestClock.start)
            _ = try planner.partsSent(on: "shop", thread: "t1", until: TestClock.start, mayBecome: .read, limit: 9)
            _ = try planner.unnamedPart(on: leg, text: "hi")
            _ = try planner.unnamedFile(on: leg)
            return planner.steps
        }
        #expect(steps.count > 6)
        #expect(steps.filter { $0.hasPrefix("SCAN") }.isEmpty)
    }

    @Test("The next of a lane is looked for among what waits, however much the lane has carried")
    func head() async throws {
        let fresh = try await Backend.memory.make()
        let steps = try await fresh.store.write { transaction in
            let planner = Planner(transaction)
            _ = try planner.head(of: LaneID(at: TestClock.start))
            return planner.steps
        }
        #expect(steps.contains("SEARCH d USING INDEX deliveries_waiting (lane_id=?)"))
        #expect(!steps.contains { $0.contains("TEMP B-TREE") })
    }

    @Test("The tickets of one conversation are not looked for among the tickets of all")
    func tickets() async throws {
        let fresh = try await Backend.memory.make()
        let steps = try await fresh.store.write { transaction in
            let planner = Planner(transaction)
            let conversation = ConversationID(at: TestClock.start)
            _ = try planner.tickets(of: conversation)
            _ = try planner.ticket(contract: "crm", conversation: conversation)
            return planner.steps
        }
        #expect(steps.count == 2)
        #expect(steps.filter { !$0.hasPrefix("SEARCH") }.isEmpty)
    }
}
