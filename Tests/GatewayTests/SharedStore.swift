import Logging
import Model
import Storage
import Synchronization
import TestSupport

@testable import Gateway

/// A store that says it is for many nodes, and goes away when a test wants it to.
final class SharedStore: Store {
    private let inner: any Store
    private let away = Mutex(false)

    init(_ inner: any Store) {
        self.inner = inner
    }

    var isShared: Bool { true }
    var isPooled: Bool { inner.isPooled }
    var signals: StoreSignals { inner.signals }

    func goAway(_ isAway: Bool) { away.withLock { $0 = isAway } }

    private func check() throws {
        if away.withLock({ $0 }) { throw StoreError(.unavailable, "the wire is cut") }
    }

    func write<Value: Sendable>(_ unit: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value {
        try check()
        return try await inner.write(unit)
    }

    func read<Value: Sendable>(_ unit: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value {
        try check()
        return try await inner.read(unit)
    }

    func close() async { await inner.close() }
}

extension Logger {
    /// Says nothing.
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

extension Node {
    /// A node whose time a test tells.
    convenience init(_ store: any Store, _ clock: TestClock) {
        self.init(store, clock: clock.wall, logger: .silent)
    }
}
