// Agents who answer in the CRM: its callbacks, sent again until they are acknowledged.

import Foundation
import Model

/// One after the other, the conversations of the channel `shop` get an answer.
final class Agents: Sendable {
    /// Replies that the gateway acknowledged, as they were.
    let acknowledged = Recording<String>()
    private let ends = Recording<String?>()
    private let crm: MoodyCRM
    private let doorways: [Doorway]
    private let interval: TimeInterval
    private let pace = Pace()

    /// - Parameter rate: replies a second.
    init(of crm: MoodyCRM, rate: Int, through doorways: [Doorway]) {
        self.crm = crm
        self.doorways = doorways
        interval = 1 / Double(rate)
    }

    func start() {
        Thread.detachNewThread { [self] in
            do {
                try answer()
                ends.add(nil)
            } catch {
                ends.add("the agents: \(error)")
            }
        }
    }

    /// Waits until nobody answers any more.
    /// - Returns: what went wrong, if anything did.
    func finish() async throws -> [String] {
        pace.stop()
        return try await ends.wait(for: "the agents to finish", within: .seconds(60)) { !$0.isEmpty }.compactMap(\.self)
    }

    private func answer() throws {
        var caller = Caller(doorways)
        var counts: [String: Int] = [:]
        var turn = 0
        var due = Date()
        while true {
            due = max(due.addingTimeInterval(interval), Date(timeIntervalSinceNow: -interval))
            guard pace.goesOn(at: due) else { return }
            let open = crm.conversations.items.filter {
                $0.customer.hasPrefix("customer-") && Self.isOnShop($0.customer)
            }
            guard !open.isEmpty else { continue }
            let (customer, conversation) = open[turn % open.count]
            let text = "\(customer)/\(counts[customer, default: 0])"
            let command: JSON = [
                "kind": "reply", "id": .string("reply-\(text)"), "text": .string(text),
                "ticket": .string(House.ticket(of: conversation)),
            ]
            let request = try Signed.webhook("/contracts/desk", command, id: "reply-\(text)")
            // 404: the ticket's name is not recorded yet. 401: the clocks are too far apart.
            guard let answer = try caller.post(request), ![401, 404, 503].contains(answer.status) else { continue }
            guard answer.status == 200 else { throw Load.Refused(answer: answer) }
            acknowledged.add(text)
            counts[customer, default: 0] += 1
            turn += 1
        }
    }

    private static func isOnShop(_ customer: String) -> Bool {
        customer.split(separator: "-").last.flatMap { Int($0) }.map { Customer(number: $0).isOnShop } ?? false
    }
}
