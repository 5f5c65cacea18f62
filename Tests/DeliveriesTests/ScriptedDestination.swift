import Deliveries
import Logging
import Model
import Storage
import Synchronization
import TestSupport

/// A destination that answers as a test wants and remembers what it was asked.
final class ScriptedDestination: Destination {
    /// What becomes of attempt number `Int` (from 1) of a delivery.
    typealias Script = @Sendable (Delivery, Int) async -> AttemptResult

    let endpoint: Endpoint
    let connectorVersion = "scripted@1"
    let parallel: Int
    let isRepeatable: Bool
    let budget: RateBudget
    private let script: Script
    private let disk: @Sendable () throws -> Void
    private let state = Mutex(State())

    private struct State {
        var attempts: [Delivery] = []
        var running = 0
        var runningMax = 0
        var settled: [String] = []
    }

    /// - Parameter disk: throws when what is settled can not be written.
    init(
        _ endpoint: Endpoint = .contract("desk"), parallel: Int = 4, isRepeatable: Bool = true,
        rates: [RateLimit] = [],
        _ script: @escaping Script = { _, _ in AttemptResult(.ok, done: 1) },
        disk: @escaping @Sendable () throws -> Void = {}
    ) {
        self.endpoint = endpoint
        self.parallel = parallel
        self.isRepeatable = isRepeatable
        budget = RateBudget(of: endpoint, rates)
        self.script = script
        self.disk = disk
    }

    /// Every attempt so far, as it began.
    var attempts: [Delivery] { state.withLock { $0.attempts } }
    /// The numbers that the attempted deliveries carry.
    var numbers: [Int64?] { attempts.map(\.number) }
    /// How many attempts were made at one time, at most.
    var runningMax: Int { state.withLock { $0.runningMax } }
    /// What was settled: `1 delivered`, `2 again`, `2 failed: why`.
    var settled: [String] { state.withLock { $0.settled } }

    func ready(_ delivery: Delivery, in transaction: any Transaction) -> Attempt {
        { await self.attempt(delivery) }
    }

    private func attempt(_ delivery: Delivery) async -> AttemptResult {
        let count = state.withLock { state in
            state.attempts.append(delivery)
            state.running += 1
            state.runningMax = max(state.runningMax, state.running)
            return state.attempts.count { $0.id == delivery.id }
        }
        let result = await script(delivery, count)
        state.withLock { $0.running -= 1 }
        return result
    }

    func rateNames(of delivery: Delivery, in transaction: any Transaction) -> [RateScope: String] {
        [.thread: delivery.conversation.text, .recipient: delivery.conversation.text]
    }

    func settle(_ attempt: SettledAttempt, in transaction: any Transaction) throws {
        try disk()
        let words =
            switch attempt.verdict {
            case .delivered: "delivered"
            case .again: "again"
            case .failed(let reason): "failed: \(reason)"
            }
        state.withLock { $0.settled.append("\(attempt.delivery.number ?? 0) \(words)") }
    }
}

/// A door that is shut until a test opens it, or until the test is over; who comes after that walks through.
final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    func pass() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state in
                    if !state.isOpen { state.waiting.append(continuation) }
                    return state.isOpen
                }
                if isOpen { continuation.resume() }
            }
        } onCancel: {
            open()
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// Counts what happens, and lets a test wait until it has happened often enough.
final class Tally: Sendable {
    private struct Waiter {
        let count: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    private let state = Mutex<(count: Int, waiters: [Waiter])>((0, []))

    var count: Int { state.withLock { $0.count } }

    func add() {
        let woken = state.withLock { state in
            state.count += 1
            let woken = state.waiters.filter { $0.count <= state.count }
            state.waiters.removeAll { $0.count <= state.count }
            return woken
        }
        for waiter in woken { waiter.continuation.resume() }
    }

    func reaches(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                if state.count < count { state.waiters.append(Waiter(count: count, continuation: continuation)) }
                return state.count >= count
            }
            if isReached { continuation.resume() }
        }
    }
}

/// Turned on once, by a test.
final class Switch: Sendable {
    private let state = Mutex(false)

    var isOn: Bool { state.withLock { $0 } }

    func turnOn() {
        state.withLock { $0 = true }
    }
}

/// Lets nobody go on before `count` have come, once.
final class Gathering: Sendable {
    private let gate = Gate()
    private let came = Mutex(0)
    private let count: Int

    init(_ count: Int) {
        self.count = count
    }

    func meet() async {
        let isComplete = came.withLock { came in
            came += 1
            return came >= count
        }
        if isComplete { gate.open() }
        await gate.pass()
    }
}
