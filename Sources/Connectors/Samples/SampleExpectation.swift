// What came out, in the form in which samples write it.

import Model

/// Writes receptions and verdicts as JSON for samples.
enum SampleExpectation {
    /// - Parameter folder: named in a reason as `adapters/x/receive.jq`, wherever the folder lies on this machine.
    static func json(of reception: Reception, in folder: ConnectorFolder) -> JSON {
        switch reception {
        case .refused(let status, let reason): ["status": .integer(Int64(status)), "refused": .string(reason)]
        case .postponed(_, let reason): ["status": 503, "refused": .string(reason)]
        case .answered(let answer):
            .members([
                "status": .integer(Int64(answer.status)), "content_type": .string(answer.contentType),
                "body": .string(String(decoding: answer.body, as: UTF8.self)),
                "headers": json(of: answer.headers),
            ])
        case .quarantined(let reason, let answer):
            [
                "status": .integer(Int64(answer.status)),
                "quarantined": .string(portable(reason, in: folder)),
            ]
        case .mapped(let mapped, let answer): json(of: mapped, status: answer.status)
        }
    }

    /// `nil` when there are none.
    private static func json(of headers: [HeaderField]) -> JSON? {
        guard !headers.isEmpty else { return nil }
        return .object(Dictionary(headers.map { ($0.name, .string($0.value)) }) { first, _ in first })
    }

    /// A reason that names the folder's files as `adapters/x/receive.jq`, wherever the folder lies on this machine.
    static func portable(_ reason: String, in folder: ConnectorFolder) -> String {
        reason.replacing("\(folder.path)/", with: "\(folder.side.folderName)/\(folder.id)/")
    }

    /// Why a request came to nothing, for a sample that expects something; `nil`: it came to something.
    static func cause(of reception: Reception, in folder: ConnectorFolder) -> String? {
        switch reception {
        case .refused(let status, let reason): "the request is refused with \(status): \(portable(reason, in: folder))"
        case .quarantined(let reason, _): "\(portable(reason, in: folder)); the request goes to quarantine"
        case .postponed(_, let reason): "nothing can be decided: \(portable(reason, in: folder))"
        case .answered, .mapped: nil
        }
    }

    /// Whether a sample expects that something comes of its request.
    static func isWellReceived(_ expected: JSON) -> Bool {
        expected["refused"].isNull && expected["quarantined"].isNull
    }

    private static func json(of mapped: Mapped, status: Int) -> JSON {
        let name: String
        var values: [JSON] = []
        var duplicates: [JSON] = []
        var seen: Set<String> = []
        switch mapped {
        case .events(let events):
            name = "events"
            for event in events {
                // Only what is said has an id of its own; receipts and reactions speak of a message.
                let isSaid = event.kind == .message || event.kind == .echo
                let isNew = !isSaid || seen.insert(event.id).inserted
                if isNew { values.append(event.json) } else { duplicates.append(event.json) }
            }
        case .commands(let commands):
            name = "commands"
            for command in commands {
                let isNew = seen.insert(command.id).inserted
                if isNew { values.append(command.json) } else { duplicates.append(command.json) }
            }
        }
        var members: [String: JSON] = ["status": .integer(Int64(status)), name: .array(values)]
        if !duplicates.isEmpty { members["duplicates"] = .array(duplicates) }
        return .object(members)
    }

    /// What an attempt came to.
    static func json(of result: AttemptResult) -> JSON {
        .members([
            "class": .string(result.outcome.rawValue), "wait": JSON(result.wait?.text),
            "pause": JSON(result.pause?.text),
            "reason": JSON(result.reason),
            "id": JSON(result.id), "context": result.context, "ticket": result.ticket?.json, "saved": result.saved,
            "done": .integer(Int64(result.done)),
        ])
    }

    static func json(of verdict: Verdict, reason: String?) -> JSON {
        let isDone = verdict.isDone
        return .members([
            "class": .string(verdict.outcome.rawValue), "wait": JSON(verdict.wait?.text),
            "pause": JSON(verdict.pause?.text),
            "reason": isDone ? nil : JSON(reason), "id": isDone ? JSON(verdict.id) : nil,
            "context": isDone ? verdict.context : nil, "ticket": isDone ? verdict.ticket?.json : nil,
        ])
    }
}
