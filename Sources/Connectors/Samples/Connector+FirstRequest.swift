// What a sample without answers shows: the first request that would be made.

import Model
import Transports

extension Connector {
    /// The requests of a job; with steps, that of the first one that makes any, for the answer of none is known.
    /// - Throws: what send.jq or a step's jq did wrong.
    func firstRequests(for job: JSON, key: String, now: Timestamp) async throws -> [HTTPRequest] {
        guard let steps = sender?.steps, !steps.isEmpty else { return try await requests(for: job, key: key, now: now) }
        var saved: [String: JSON] = [:]
        for step in steps {
            let input = job.adding(["key": .string(key), "step": .string(step.id), "steps": .object(saved)])
            var items: [JSON] = [.null]
            if let each = step.each { items = try await machine.run(each, .json(input), request: [:], now: now) }
            for (index, item) in items.enumerated() {
                let own = "\(key)-\(step.id)" + (step.each == nil ? "" : "-\(index + 1)")
                let made = try await requests(for: input.adding(["item": item]), key: own, now: now)
                if !made.isEmpty { return made }
            }
            saved[step.id] = step.each == nil ? .null : .array([])
        }
        return []
    }
}
