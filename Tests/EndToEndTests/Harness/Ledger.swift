// The other side's books: what took effect there.

import Model
import Synchronization

/// What a CRM or a network took in effect: each webhook id once, as the standard asks of receivers.
final class Ledger: Sendable {
    private struct State {
        var ids: Set<String> = []
        var texts: [String: [String]] = [:]
        var conversations: [String: Set<String>] = [:]
        var awaited: Set<String> = []
        var seen: Set<String> = []
        var repeats = 0
    }

    private let state = Mutex(State())
    private let arrivals = Recording<Int>()

    /// Takes a text that somebody wrote.
    /// - Parameters:
    ///   - id: the id of the webhook; a second one with it has no effect.
    ///   - conversation: which conversation it is said to belong to.
    func take(_ text: String, of writer: String, in conversation: String, id: String) {
        let isComplete = state.withLock { state in
            guard state.ids.insert(id).inserted else {
                state.repeats += 1
                return false
            }
            state.texts[writer, default: []].append(text)
            state.conversations[writer, default: []].insert(conversation)
            state.seen.insert(text)
            return state.awaited.remove(text) != nil && state.awaited.isEmpty
        }
        if isComplete { arrivals.add(0) }
    }

    /// Waits until all of these texts were taken.
    func wait(for texts: [String], within limit: Duration = .seconds(45)) async throws {
        let (before, count) = state.withLock { state in
            state.awaited = Set(texts).subtracting(state.seen)
            return (arrivals.items.count, state.awaited.count)
        }
        guard count > 0 else { return }
        do {
            try await arrivals.wait(for: "\(count) acknowledged texts", within: limit) { $0.count > before }
        } catch let error as NotInTime {
            let missing = state.withLock { $0.awaited.sorted().prefix(10).map { "missing \($0)" } }
            throw NotInTime(what: error.what, seen: missing)
        }
    }

    /// Which of these texts were not taken.
    func missing(of texts: [String]) -> [String] { state.withLock { Set(texts).subtracting($0.seen).sorted() } }
    /// Everything that each writer said, in the order in which it took effect.
    var texts: [String: [String]] { state.withLock { $0.texts } }
    /// The conversations that each writer's texts were said to belong to.
    var conversations: [String: Set<String>] { state.withLock { $0.conversations } }
    /// How many requests came again that had taken effect before.
    var repeats: Int { state.withLock { $0.repeats } }
}

/// Draws that a failing test can tell and repeat (SplitMix64, Steele et al. 2014).
final class Dice: Sendable {
    let seed: UInt64
    private let state: Mutex<UInt64>

    init(seed: UInt64 = .random(in: 0...UInt64.max)) {
        self.seed = seed
        state = Mutex(seed)
    }

    /// A number from 0 to `limit` - 1.
    func roll(_ limit: Int) -> Int {
        let value = state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
        return Int(value % UInt64(limit))
    }
}
