// A golden sample of a poll: where it stands, and what one run from there comes to.

import Model

/// The input of a poll's sample.
struct SamplePoll {
    let poll: String
    let item: String?
    let start: PollState

    /// - Throws: what in the input cannot be.
    init(_ json: JSON, of connector: Connector) throws(SampleMistake) {
        guard case .object(let members) = json else { throw SampleMistake(problem: "is no object") }
        let unknown = Set(members.keys).subtracting(["poll", "cursor", "item", "keys", "first"]).sorted()
        guard unknown.isEmpty else { throw SampleMistake(problem: "\"\(unknown[0])\" is no member of a poll's sample") }
        guard let poll = connector.boundPoll(json["poll"].string ?? "") else {
            throw SampleMistake(problem: "\"poll\" must be one of: \(connector.polls.joined(separator: ", "))")
        }
        self.poll = poll.id
        item = try Self.text("item", in: json)
        guard (item != nil) == (poll.each != nil) else {
            let problem = item == nil ? "has `each`: the sample must say \"item\"" : "has no `each`, so no \"item\""
            throw SampleMistake(problem: "poll \(poll.id) \(problem)")
        }
        let cursor = try Self.text("cursor", in: json)
        var keys: [String] = []
        for key in json["keys"].array ?? [] {
            guard let text = PollRun.identifier(key) else { throw SampleMistake(problem: "\"keys\" must be texts") }
            keys.append(text)
        }
        let isFirst = json["first"].bool ?? false
        guard !isFirst || cursor == nil && keys.isEmpty else {
            throw SampleMistake(problem: "a first run has neither \"cursor\" nor \"keys\"")
        }
        start = PollState(value: cursor, keys: keys, started: !isFirst)
    }

    private static func text(_ name: String, in json: JSON) throws(SampleMistake) -> String? {
        guard let value = json[name].unlessNull else { return nil }
        guard let text = PollRun.identifier(value) else { throw SampleMistake(problem: "\"\(name)\" must be a text") }
        return text
    }

    /// Makes the run.
    /// - Returns: what it took, the state after it, and how it ended, as samples write it.
    func result(by connector: Connector) async throws -> JSON {
        var record = TakenRecord(connector.folder, start)
        let report = try await connector.poll(poll, item: item, from: start) { record.take($0) }
        return record.json(failure: report.failure, hasGap: report.hasGap)
    }
}
