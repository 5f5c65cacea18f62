// The engines under the store, for tests that must hold on every one of them.

import Model
package import Storage

/// An engine that the conformance suite runs on.
package enum Backend: String, Sendable, CaseIterable, CustomStringConvertible {
    case memory
    case file

    package var description: String {
        switch self {
        case .memory: "SQLite in memory"
        case .file: "SQLite on file"
        }
    }

    /// Whether a store can be opened again after it was closed.
    package var isDurable: Bool { self != .memory }

    /// The engines that outlive their process.
    package static let durable = allCases.filter(\.isDurable)

    /// An empty store, fresh for one test.
    package func make(_ clock: TestClock = TestClock()) async throws -> FreshStore {
        switch self {
        case .memory:
            return FreshStore(store: try SQLiteStore(inMemory: clock.wall), clock: clock, directory: nil)
        case .file:
            let directory = try TemporaryDirectory()
            let store = try SQLiteStore(path: directory.path("store.db"), clock: clock.wall)
            return FreshStore(store: store, clock: clock, directory: directory)
        }
    }
}

/// A store of one test; what it left on disk goes with it.
package final class FreshStore: Sendable {
    package let store: any Store
    package let clock: TestClock
    /// Where its files are; `nil` in memory.
    package let directory: TemporaryDirectory?

    package init(store: any Store, clock: TestClock, directory: TemporaryDirectory?) {
        self.store = store
        self.clock = clock
        self.directory = directory
    }

    /// The same store, closed and opened again.
    package func reopened() async throws -> FreshStore {
        guard let directory else { throw StoreError(.unavailable, "a store in memory is gone when it is closed") }
        await store.close()
        let store = try SQLiteStore(path: directory.path("store.db"), clock: clock.wall)
        return FreshStore(store: store, clock: clock, directory: directory)
    }
}

extension Store {
    /// Waits until a look at the store shows `condition`; every commit that raises a signal is followed by a look.
    /// - Returns: whether it came true before `limit`, which only a failing test reaches.
    package func waits(
        atMost limit: Duration = .seconds(60), until condition: @escaping @Sendable (any Transaction) throws -> Bool
    ) async throws -> Bool {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            let seen = signals.count(of: .deliveries)
            if try await read(condition) { return true }
            await signals.wait(for: .deliveries, after: seen, atMost: .milliseconds(250))
        }
        return false
    }
}
