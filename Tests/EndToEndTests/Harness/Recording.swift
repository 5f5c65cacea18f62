// What a test waits for: things that happen on other threads, kept in order. A test never sleeps; it names what must
// have happened, and is woken when it has.

import Foundation
import Model
import Synchronization

/// An append-only list that can be waited on.
final class Recording<Item: Sendable>: Sendable {
    private struct Waiter {
        let isMet: @Sendable ([Item]) -> Bool
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var items: [Item] = []
        var waiters: [Int: Waiter] = [:]
        var lastKey = 0
    }

    private let state = Mutex(State())

    /// Everything so far.
    var items: [Item] { state.withLock { $0.items } }

    func add(_ item: Item) {
        let met = state.withLock { state in
            state.items.append(item)
            let keys = state.waiters.filter { $0.value.isMet(state.items) }.map(\.key)
            return keys.compactMap { state.waiters.removeValue(forKey: $0)?.continuation }
        }
        for continuation in met { continuation.resume(returning: true) }
    }

    /// Waits until the items are as they should be.
    /// - Returns: the items at that time.
    /// - Throws: ``NotInTime`` when they are not so before the deadline.
    @discardableResult
    func wait(
        for what: String, within limit: Duration = .seconds(20), until isMet: @escaping @Sendable ([Item]) -> Bool
    ) async throws -> [Item] {
        let key = state.withLock { state in
            state.lastKey += 1
            return state.lastKey
        }
        let deadline = DispatchTime.now() + .milliseconds(Int(limit.wholeMilliseconds))
        DispatchQueue.global().asyncAfter(deadline: deadline) { [weak self] in self?.giveUp(key) }
        let wasMet = await met(key, isMet)
        guard wasMet else { throw NotInTime(what: what, seen: items.suffix(20).map { "\($0)" }) }
        return items
    }

    /// Waits until `count` items satisfy `matches`.
    /// - Returns: all that do.
    @discardableResult
    func wait(
        for count: Int, _ what: String, within limit: Duration = .seconds(20),
        where matches: @escaping @Sendable (Item) -> Bool
    ) async throws -> [Item] {
        try await wait(for: "\(count) × \(what)", within: limit) { $0.count(where: matches) >= count }.filter(matches)
    }

    private func met(_ key: Int, _ isMet: @escaping @Sendable ([Item]) -> Bool) async -> Bool {
        await withCheckedContinuation { continuation in
            let isNow = state.withLock { state in
                if isMet(state.items) { return true }
                state.waiters[key] = Waiter(isMet: isMet, continuation: continuation)
                return false
            }
            if isNow { continuation.resume(returning: true) }
        }
    }

    private func giveUp(_ key: Int) {
        state.withLock { $0.waiters.removeValue(forKey: key)?.continuation }?.resume(returning: false)
    }
}

/// Something did not happen before its deadline.
struct NotInTime: Error, CustomStringConvertible {
    let what: String
    /// The last things that did happen.
    let seen: [String]

    var description: String { "waited in vain for \(what); seen: \(seen.joined(separator: "\n  "))" }
}
