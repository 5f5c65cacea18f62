// The engines under the store, for tests that must hold on every one of them.

import Foundation
import Model
package import Storage

/// An engine that the conformance suite runs on.
package enum Backend: String, Sendable, CaseIterable, CustomStringConvertible {
    case memory
    case file
    case postgresql
    /// PostgreSQL with PgBouncer in transaction mode before it.
    case pooled

    /// Those that are on this machine.
    package static let allCases: [Backend] = [.memory, .file] + (PostgreSQLServer.isThere ? [.postgresql] : [])
    /// Behind a pooler too: for tests of units, locks, claims and steps of the schema.
    package static let everywhere = allCases + (PostgreSQLServer.isPoolerThere ? [.pooled] : [])

    package var description: String {
        switch self {
        case .memory: "SQLite in memory"
        case .file: "SQLite on file"
        case .postgresql: "PostgreSQL"
        case .pooled: "PostgreSQL behind PgBouncer"
        }
    }

    package var isPostgreSQL: Bool { self == .postgresql || self == .pooled }

    /// Whether a store can be opened again after it was closed.
    package var isDurable: Bool { self != .memory }

    /// Whether several nodes may work on one store.
    package var isShared: Bool { isPostgreSQL }

    /// The engines that outlive their process.
    package static let durable = allCases.filter(\.isDurable)
    package static let durableEverywhere = everywhere.filter(\.isDurable)

    /// The one under the tests of the rooms above the store: SQLite in memory, or what SAMTAL_TEST_STORE names.
    package static let chosen = named(default: .memory)
    /// The same, where a test closes its store and opens it again.
    package static let chosenDurable = named(default: .file)

    private static func named(default usual: Backend) -> Backend {
        guard let name = ProcessInfo.processInfo.environment["SAMTAL_TEST_STORE"] else { return usual }
        guard let backend = Backend(rawValue: name) else { preconditionFailure("there is no store \(name)") }
        return backend
    }

    /// For how long units wait for a connection: a machine may be busy with other tests.
    static let patience = Duration.seconds(100)

    /// An empty store, fresh for one test.
    package func make(_ clock: TestClock = TestClock()) async throws -> FreshStore {
        switch self {
        case .memory:
            return FreshStore(try SQLiteStore(inMemory: clock.wall), clock, at: nil)
        case .file:
            let directory = try TemporaryDirectory()
            let store = try SQLiteStore(path: directory.path("store.db"), clock: clock.wall)
            return FreshStore(store, clock, at: .file(directory))
        case .postgresql, .pooled:
            let database = try await PostgreSQLServer.shared.database(isPooled: self == .pooled)
            let store = try await PostgreSQLStore(
                database.address, connections: 4, patience: Backend.patience, clock: clock.wall)
            return FreshStore(store, clock, at: .database(database))
        }
    }
}

/// A store of one test; what it left on disk or on a server goes with it.
package final class FreshStore: Sendable {
    /// Where a store is that outlives its process.
    package enum Place: Sendable {
        case file(TemporaryDirectory)
        case database(TestDatabase)
    }

    package let store: any Store
    package let clock: TestClock
    /// `nil` in memory.
    private let place: Place?

    package init(_ store: any Store, _ clock: TestClock, at place: Place?) {
        self.store = store
        self.clock = clock
        self.place = place
    }

    /// Where its files are; `nil`: it has none of its own.
    package var directory: TemporaryDirectory? {
        if case .file(let directory) = place { directory } else { nil }
    }

    /// The same store, closed and opened again.
    package func reopened() async throws -> FreshStore {
        await store.close()
        return FreshStore(try await another(), clock, at: place)
    }

    /// The address of its database; `nil`: it has none.
    package var address: String? {
        if case .database(let database) = place { database.address } else { nil }
    }

    /// The same store opened once more, as another process has it.
    package func another() async throws -> any Store {
        switch place {
        case .file(let directory): try SQLiteStore(path: directory.path("store.db"), clock: clock.wall)
        case .database(let database):
            try await PostgreSQLStore(
                database.address, connections: 4, patience: Backend.patience, clock: clock.wall)
        case nil: throw StoreError(.unavailable, "a store in memory is gone when it is closed")
        }
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
