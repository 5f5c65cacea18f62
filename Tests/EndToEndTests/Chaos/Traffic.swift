// All that goes on around a gateway, or around several, on a chaotic day.

import Model
import Testing

/// Customers on three channels, agents who answer some of them, a CRM and a network.
final class Traffic: Sendable {
    static let customers = 24
    /// Replies a second.
    static let replies = 10

    let dice = Dice()
    let crm: MoodyCRM
    /// Replies as the network of the channel `shop` took them.
    let network = Ledger()
    private let load: Load
    private let agents: Agents

    /// - Parameters:
    ///   - rate: messages a second.
    ///   - refusals: the statuses after which a message is sent again.
    ///   - doorways: one for each node.
    init(_ mood: Mood = .well, rate: Int = 100, refusals: Set<Int> = [503], through doorways: [Doorway]) {
        crm = MoodyCRM(dice)
        crm.become(mood)
        load = Load(customers: Self.customers, rate: rate, patience: refusals, through: doorways)
        agents = Agents(of: crm, rate: Self.replies, through: doorways)
    }

    func start() {
        load.start()
        agents.start()
    }

    /// Takes a reply as the channel's network does.
    func reply(_ request: PeerRequest) -> PeerAnswer {
        if let text = request.json["text"].string, let parts = Customer.parts(of: text) {
            network.take(text, of: parts.name, in: request.json["thread"].string ?? "", id: request.webhookID)
        }
        return House.nameReply(request)
    }

    /// Waits until so many more messages are acknowledged.
    @discardableResult
    func acknowledged(more count: Int) async throws -> [String] {
        let mark = load.acknowledged.items.count + count
        return try await load.acknowledged.wait(for: "\(mark) acknowledged messages", within: .seconds(120)) {
            $0.count >= mark
        }
    }

    /// Waits until so many more messages are refused.
    func refused(more count: Int) async throws {
        let mark = load.refused.items.count + count
        try await load.refused.wait(for: "\(mark) refusals", within: .seconds(120)) { $0.count >= mark }
    }

    /// Waits until what is acknowledged now, and something that is sent from now on, is at the CRM.
    /// - Parameter more: what has to be there too.
    /// - Returns: how long it took since `start`.
    func recovered(since start: ContinuousClock.Instant, with more: [String] = []) async throws -> Duration {
        // Each customer has at most one message on the way.
        let texts = try await acknowledged(more: Self.customers + 1)
        try await crm.ledger.wait(for: texts + more, within: .seconds(120))
        return ContinuousClock.now - start
    }

    /// How things stand, for a test that fails.
    var condition: String {
        let refused = Dictionary(grouping: load.refused.items) { $0 }.mapValues(\.count)
        return "\(load.acknowledged.items.count) acknowledged, refused \(refused)"
    }

    /// Lets everybody come to an end, and waits for what is still on the way to the other side.
    func finish() async throws -> Outcome {
        let complaints = try await load.finish() + agents.finish()
        let (messages, replies) = (load.acknowledged.items, agents.acknowledged.items)
        // Whatever does not come is counted as lost.
        try? await crm.ledger.wait(for: messages, within: .seconds(120))
        try? await network.wait(for: replies, within: .seconds(120))
        return Outcome(complaints: complaints, messages: messages, replies: replies)
    }

    /// What was acknowledged to whom.
    struct Outcome: Sendable {
        let complaints: [String]
        var messages: [String]
        let replies: [String]
    }
}
