import Connectors
import Model
import Storage
import TestSupport
import Testing

@testable import Gateway

@Suite("Credentials of many nodes", .timeLimit(.minutes(2)))
struct SharedCredentialTests {
    private static let desk = Endpoint.contract("desk")

    private func credentials(_ store: any Store, _ clock: TestClock) -> StoredCredentials {
        StoredCredentials(endpoint: Self.desk, node: Node(store, clock), clock: clock.wall)
    }

    @Test(
        "Who replaces a credential sees what the one before saved, on whichever node; none is lost",
        arguments: Backend.allCases.filter { $0 == .postgresql })
    func oneAtATime(backend: Backend) async throws {
        let fresh = try await backend.make()
        let other = try await fresh.another()
        let all = [fresh.store, fresh.store, other].map { credentials($0, fresh.clock) }
        let seen = try await withThrowingTaskGroup(of: Int64.self) { group in
            for number in 0..<12 {
                let credentials = all[number % all.count]
                group.addTask {
                    try await credentials.replacing("main") { saved -> (value: Int64, save: JSON?) in
                        let count = (saved?["count"].integer ?? 0) + 1
                        await Task.yield()
                        return (count, ["count": .integer(count)])
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(seen.sorted() == Array(1...12))
        #expect(try await all[2].credential("main")?["count"] == 12)
        let leases = try await other.read { try $0.leases() }
        #expect(leases.map(\.holder) == [nil])
        await other.close()
    }

    @Test("A node that was paused in the middle does not save its token over a newer one")
    func paused() async throws {
        let fresh = try await Backend.memory.make()
        let store = SharedStore(fresh.store)
        let (one, two) = (credentials(store, fresh.clock), credentials(store, fresh.clock))
        let error = await #expect(throws: StoreError.self) {
            try await one.replacing("main") { _ -> (value: Void, save: JSON?) in
                fresh.clock.advance(by: Node.patience)
                try await two.replacing("main") { saved -> (value: Void, save: JSON?) in
                    #expect(saved == nil)
                    return ((), ["token": "newer"])
                }
                return ((), ["token": "older"])
            }
        }
        #expect(error?.code == .leaseLost)
        #expect(try await one.credential("main")?["token"] == "newer")
    }

    @Test("A renewal that fails leaves what is saved, and gives the next one its turn")
    func failing() async throws {
        let fresh = try await Backend.memory.make()
        let one = credentials(fresh.store, fresh.clock)
        try await one.save(["token": "old"], as: "main")
        await #expect(throws: CancellationError.self) {
            try await one.replacing("main") { _ -> (value: Void, save: JSON?) in throw CancellationError() }
        }
        let kept: String? = try await one.replacing("main") { saved in (saved?["token"].string, nil) }
        #expect(kept == "old")
        let leases = try await fresh.store.read { try $0.leases() }
        #expect(leases.map(\.holder) == [nil])
        #expect(leases.map(\.name) == ["token contract:desk/main"])
    }
}
