// A golden sample of a stream: where it stands, and what one connection from there comes to.

import Model

/// The input of a stream's sample: `{stream, cursor, keys}`.
struct SampleStream {
    let stream: String
    let start: PollState

    /// - Throws: what in the input cannot be.
    init(_ json: JSON, of connector: Connector) throws(SampleMistake) {
        let unknown = Set((json.object ?? [:]).keys).subtracting(["stream", "cursor", "keys"]).sorted()
        guard unknown.isEmpty else {
            throw SampleMistake(problem: "\"\(unknown[0])\" is no member of a stream's sample")
        }
        guard let stream = json["stream"].string, connector.streams.contains(stream) else {
            throw SampleMistake(problem: "\"stream\" must be one of: \(connector.streams.joined(separator: ", "))")
        }
        self.stream = stream
        start = PollState(
            value: json["cursor"].string, keys: (json["keys"].array ?? []).compactMap(\.string), started: true)
    }

    /// Keeps one connection.
    /// - Returns: what it took, the state after it, and how it ended, as samples write it.
    func result(by connector: Connector) async throws -> JSON {
        var record = TakenRecord(connector.folder, start)
        let report = try await connector.stream(stream, from: start) { record.take($0) }
        return record.json(failure: report.failure)
    }
}

/// What a sample of a poll or a stream has taken.
struct TakenRecord {
    private let folder: ConnectorFolder
    private var state: PollState
    private var taken: [JSON] = []
    private var quarantined: [JSON] = []

    init(_ folder: ConnectorFolder, _ start: PollState) {
        self.folder = folder
        state = start
    }

    mutating func take(_ batch: PollBatch) {
        state = batch.state
        for item in batch.items {
            switch item.content {
            case .mapped(.events(let events)): taken += events.map(\.json)
            case .mapped(.commands(let commands)): taken += commands.map(\.json)
            case .quarantined(let reason):
                quarantined.append(.string(SampleExpectation.portable(reason, in: folder)))
            }
        }
    }

    /// As samples write it.
    func json(failure: PollFailure?, hasGap: Bool = false) -> JSON {
        .members([
            folder.side == .adapter ? "events" : "commands": .array(taken),
            "quarantined": quarantined.isEmpty ? nil : .array(quarantined), "cursor": JSON(state.value) ?? .null,
            "keys": .array(state.keys.map { .string($0) }), "gap": hasGap ? true : nil,
            "failure": failure.map { failure in
                .members([
                    "class": .string(failure.outcome.rawValue), "wait": JSON(failure.wait?.text),
                    "reason": .string(SampleExpectation.portable(failure.reason, in: folder)),
                ])
            },
        ])
    }
}
