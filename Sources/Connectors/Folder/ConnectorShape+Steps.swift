// The shapes of steps, fallbacks and look-ups.

import Model

extension ConnectorSide {
    /// `send.steps`.
    static var step: Shape {
        .object([
            .init("id", .text(.identifier), required: true, about: "what send.jq sees as .step"),
            .init("each", .text(.anything), about: "jq over the job: the step is made for each output, at most 20"),
            .init("save", .text(.anything), default: ".body", about: "jq over the answer: what .steps shows of it"),
            .init("ok", .text(.anything), about: "jq over the answer: whether it is done; default send.result.ok"),
            .init("until", .text(.anything), about: "jq over the answer: asked again until this holds"),
            .init("every", .duration, default: "2s", about: "the wait between two askings of until"),
            .init("if_lost", .text(.identifier), about: "where the next attempt begins when the answer was lost"),
            .init("retry_from", .text(.identifier), about: "where the next attempt begins when this step failed"),
            .init("repeatable", .boolean, default: "false", about: "may be made twice without harm"),
        ])
    }

    /// `send.fallback`: outcome class → the action to try instead.
    static var fallback: Shape {
        .map(
            of: .text(.identifier),
            names: Shape.TextRule(
                "one of window_closed, recipient_unreachable, permanent",
                pattern: "^(window_closed|recipient_unreachable|permanent)$"
            ) { ["window_closed", "recipient_unreachable", "permanent"].contains($0) })
    }

    /// `calls.NAME`.
    static var call: Shape {
        .object([
            .init("request", .text(.anything), required: true, about: "jq over the arguments: the request"),
            .init("result", .text(.anything), default: ".body", about: "jq over the answer: the result"),
            .init("missing", .text(.anything), about: "jq over the answer: there is no such thing, no error"),
            .init("cache", .duration, about: "how long a result is good; default not at all"),
        ])
    }

    /// `calls` of `receive`, `send`, a poll or a stream.
    static var callUse: Shape {
        .object([
            .init("call", .text(.identifier), required: true, about: "the name of the call"),
            .init(
                "with", .text(.anything), required: true, about: "jq over the input: arguments, objects with a key"),
            .init("required", .boolean, default: "false", about: "nothing goes on without the result"),
        ])
    }
}

extension ConnectorFolder {
    /// Steps, fallbacks and look-ups that name what is not there.
    static func unknownNames(in fields: Fields) -> [ConfigurationProblem] {
        var problems: [ConfigurationProblem] = []
        let steps = (fields.fields("send")?.list("steps") ?? []).compactMap(\.fields)
        let ids = steps.compactMap { $0.string("id") }
        for (index, step) in steps.enumerated() {
            if let id = step.string("id"), ids[..<index].contains(id) {
                problems.append(.init(step.position("id"), "a second step is called \"\(id)\""))
            }
            for key in ["if_lost", "retry_from"] {
                guard let name = step.string(key), !ids[...index].contains(name) else { continue }
                let hint = NearestName.hint(name, among: Array(ids[...index]))
                problems.append(.init(step.position(key), "no step up to here is called \"\(name)\"\(hint)"))
            }
        }
        for rule in fields.list("errors").compactMap(\.fields) {
            guard let name = rule.string("again_from"), !ids.contains(name) else { continue }
            let hint = NearestName.hint(name, among: ids)
            problems.append(.init(rule.position("again_from"), "no step is called \"\(name)\"\(hint)"))
        }
        let calls = fields.fields("calls")?.members.map(\.name) ?? []
        let users =
            ["receive", "send"].compactMap { fields.fields($0) }
            + ["poll", "stream"].flatMap { fields.list($0).compactMap(\.fields) }
        for use in users.flatMap({ $0.list("calls") }).compactMap(\.fields) {
            guard let name = use.string("call"), !calls.contains(name) else { continue }
            let hint = NearestName.hint(name, among: calls)
            problems.append(.init(use.position("call"), "no call is called \"\(name)\"\(hint)"))
        }
        return problems
    }
}
