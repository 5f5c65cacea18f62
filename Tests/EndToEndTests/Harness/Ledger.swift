// A CRM that keeps books, and one that has bad days.

import Model
import Synchronization

/// What a CRM took in effect: each webhook id once, as the standard asks of receivers.
final class Ledger: Sendable {
    private struct State {
        var ids: Set<String> = []
        var messages: [String: [String]] = [:]
        var conversations: [String: Set<String>] = [:]
        var awaited: Set<String> = []
        var seen: Set<String> = []
        var repeats = 0
    }

    private let state = Mutex(State())
    private let arrivals = Recording<Int>()

    /// Takes an event.
    func take(_ request: PeerRequest) {
        let event = request.json
        guard event["type"] == "samtal.message.received", let subject = event["subject"].string,
            let message = event["data"]["message"]["external_id"].string,
            let author = event["data"]["message"]["thread"].string
        else { return }
        let isComplete = state.withLock { state in
            guard state.ids.insert(request.webhookID).inserted else {
                state.repeats += 1
                return false
            }
            state.messages[author, default: []].append(message)
            state.conversations[author, default: []].insert(subject)
            state.seen.insert(message)
            return state.awaited.remove(message) != nil && state.awaited.isEmpty
        }
        if isComplete { arrivals.add(0) }
    }

    /// Waits until all of these messages were taken.
    func wait(for messages: [String], within limit: Duration = .seconds(45)) async throws {
        let count = state.withLock { state in
            state.awaited = Set(messages).subtracting(state.seen)
            return state.awaited.count
        }
        guard count > 0 else { return }
        do {
            try await arrivals.wait(for: "\(count) acknowledged messages at the CRM", within: limit) { !$0.isEmpty }
        } catch let error as NotInTime {
            let missing = state.withLock { $0.awaited.sorted().prefix(10).map { "missing \($0)" } }
            throw NotInTime(what: error.what, seen: missing)
        }
    }

    /// The messages of a customer in the order in which they took effect.
    func messages(of author: String) -> [String] { state.withLock { $0.messages[author] ?? [] } }
    func conversations(of author: String) -> Set<String> { state.withLock { $0.conversations[author] ?? [] } }
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
