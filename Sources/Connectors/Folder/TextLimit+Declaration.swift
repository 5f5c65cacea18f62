// `limits.text` of a connector: what may stand there, and how it becomes a limit.

import Model

extension TextLimit {
    /// What may stand under `limits.text`.
    static var shape: Shape {
        let max = Shape.Key("max", .integer(1...10_000_000), required: true, about: "the longest text")
        let unit = Shape.Key(
            "unit", .enumeration(Unit.allCases.map(\.rawValue)), default: "characters", about: "what is counted")
        return .object([
            max, unit, .init("split", .boolean, default: "false", about: "a longer text is sent in parts"),
            .init("also", .object([max, unit]), about: "a second limit that holds at the same time"),
            .init("suffix", .text(.anything), about: "stands behind each of several parts; knows {n} and {total}"),
            .init("chain", .boolean, default: "false", about: "each part is told what became of the one before"),
        ])
    }

    init?(_ fields: Fields) {
        guard let bound = Bound(fields) else { return nil }
        self.init(
            bound, also: fields.fields("also").flatMap { Bound($0) }, splits: fields.boolean("split") ?? false,
            suffix: fields.string("suffix"), chains: fields.boolean("chain") ?? false)
    }

    /// What no shape can see.
    static func mistakes(in fields: Fields) -> [ConfigurationProblem] {
        guard let limit = TextLimit(fields) else { return [] }
        var problems: [ConfigurationProblem] = []
        for name in ["suffix", "chain"] where !limit.splits && (fields.boolean(name) ?? (fields[name] != nil)) {
            problems.append(.init(fields.position(name), "means nothing without \"split: true\""))
        }
        if limit.suffix != nil, !limit.hasRoom {
            problems.append(.init(fields.position("suffix"), "leaves no room for a text"))
        }
        return problems
    }
}

extension TextLimit.Bound {
    fileprivate init?(_ fields: Fields) {
        guard let max = fields.integer("max") else { return nil }
        self.init(max: max, unit: fields.choice("unit", of: TextLimit.Unit.self) ?? .characters)
    }
}
