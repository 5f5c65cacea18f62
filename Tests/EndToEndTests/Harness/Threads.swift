// Blocking calls of the tests run on threads of their own: Swift's pool has as many threads as cores.

import Foundation

/// Runs `body` on a new thread and waits for it without holding a thread of the pool.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}
