// The polling part of the connector language as a shape, and the mistakes in it that no shape can see.

import Model

extension ConnectorSide {
    static var poll: Shape {
        .list(
            of: .object([
                .init("id", .text(.identifier), required: true, about: "what receive.jq sees as $req.poll"),
                .init("every", .duration, required: true, about: "from the end of a run to the next one"),
                .init("each", .text(.anything), about: "jq: texts, each with a cursor of its own; at most 50"),
                .init("request", .text(.anything), required: true, about: "jq: what is asked for"),
                .init("ok", .text(.anything), about: "jq: whether an answer is one; default send.result.ok"),
                .init("items", .text(.anything), about: "jq: the items of an answer; default .body[]?"),
                .init("key", .text(.anything), about: "jq: what an item is known by; default a digest of it"),
                .init("next", .text(.anything), about: "jq: what leads to the next page; null on the last one"),
                .init("pages", .integer(1...1000), default: "10", about: "pages a run at most"),
                .init("cursor", cursor, default: "{strategy: none}", about: "what is remembered between runs"),
                .init(
                    "order", .enumeration(["oldest_first", "newest_first"]), about: "how an answer lists its items"),
                .init(
                    "calls", .list(of: callUse), default: "[]", about: "look-ups made before receive.jq gets an item"),
                .init("first", .enumeration(["skip", "take"]), default: "skip", about: "what the first run does"),
                .init("conditional", .boolean, default: "false", about: "asks only for what changed"),
                .init(
                    "decode", BodyDecoding.shape, default: "json",
                    about: "the form of the answer"),
            ]))
    }

    private static var cursor: Shape {
        let value = Shape.Key("value", .text(.anything), required: true, about: "jq: the value to remember")
        return .oneOf(
            by: "strategy",
            [
                .init("since", about: "the provider filters and gives the newest first", [value]),
                .init("forward", about: "ascending from the cursor", [value]),
                .init(
                    "watermark", about: "from the newest back to the cursor",
                    [value, .init("overlap", .duration, default: "0s", about: "how far beyond the cursor")]),
                .init(
                    "window", about: "ascending from some time before the cursor",
                    [value, .init("lag", .duration, default: "0s", about: "how long before the cursor")]),
                .init("token", about: "a token that the answer gives", [value]),
                .init("none", about: "only keys tell what is new", []),
            ])
    }
}

extension ConnectorFolder {
    /// What no shape can see in `poll` and `stream`.
    static func pollMistakes(in fields: Fields) -> [ConfigurationProblem] {
        var problems: [ConfigurationProblem] = []
        var seen: Set<String> = []
        for name in ["poll", "stream"] {
            guard let value = fields[name], let entries = value.list else { continue }
            if fields["send"] == nil, !entries.isEmpty {
                let problem = "a \(name) asks behind send.base_url, but \"send\" does not stand here"
                problems.append(.init(value.position, problem))
            }
            for entry in entries.compactMap(\.fields) {
                guard let id = entry.string("id"), !seen.insert(id).inserted else { continue }
                problems.append(.init(entry.position("id"), "two polls or streams are called \"\(id)\""))
            }
        }
        return problems
    }
}
