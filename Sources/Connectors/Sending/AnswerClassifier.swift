// What an answer means: `send.result` and `errors` of the connector in one jq program, so that an answer costs one run.

import Model

/// The rules of one connector.
struct AnswerClassifier: Sendable {
    /// Every piece of jq in the YAML as a program of its own, for checks: errors name the YAML and its line.
    let snippets: [JQProgram]
    let rules: [ErrorRule]
    private let program: JQProgram

    init(_ folder: ConnectorFolder, settings: JQBindings) {
        rules = folder.errors
        let result = folder.send?.result
        let named: [(name: String, snippet: Snippet?)] = [
            ("ok", result?.ok), ("id", result?.id), ("context", result?.context), ("ticket", result?.ticket),
            ("ticket_url", result?.ticketURL), ("ticket_context", result?.ticketContext),
        ]
        let gauges = folder.gauges
        let all =
            named.compactMap(\.snippet) + gauges.map(\.percent)
            + rules.flatMap { [$0.when] + ($0.waitSeconds.map { [$0] } ?? []) }
        snippets = all.map { JQProgram(name: folder.file, source: $0.source, settings: settings, firstLine: $0.line) }
        program = JQProgram(
            name: "\(folder.file) (result, errors)", source: Self.source(named, rules, gauges), settings: settings)
    }

    /// The program: each piece a definition on lines of its own, then one object with what they say.
    private static func source(
        _ named: [(name: String, snippet: Snippet?)], _ rules: [ErrorRule], _ gauges: [GaugeRule]
    ) -> String {
        var lines = [
            "def samtal_value(f): try ([first(f)] | .[0]) catch null;",
            "def samtal_holds(f): samtal_value(f) | . != null and . != false;",
        ]
        var members: [String] = []
        for (name, snippet) in named {
            guard let snippet else { continue }
            lines += ["def samtal_\(name):", snippet.source, ";"]
            let isOK = name == "ok"
            let reader = isOK ? ".transport == null and samtal_holds(samtal_ok)" : "samtal_value(samtal_\(name))"
            members.append("\(name): (\(reader))")
        }
        var pauses: [String] = []
        for (index, gauge) in gauges.enumerated() {
            lines += ["def samtal_gauge_\(index):", gauge.percent.source, ";"]
            let isHigh = "samtal_value(samtal_gauge_\(index)) | type == \"number\" and . > \(gauge.above)"
            pauses.append("(if \(isHigh) then \(gauge.wait.components.seconds) else empty end)")
        }
        if !pauses.isEmpty { members.append("pause: ([\(pauses.joined(separator: ", "))] | max)") }
        var choice = "null"
        var wait = "null"
        for (index, rule) in rules.enumerated().reversed() {
            lines += ["def samtal_when_\(index):", rule.when.source, ";"]
            let guardText = rule.seesTransport ? "" : ".transport == null and "
            choice = "if \(guardText)samtal_holds(samtal_when_\(index)) then \(index) else \(choice) end"
            guard let seconds = rule.waitSeconds else { continue }
            lines += ["def samtal_wait_\(index):", seconds.source, ";"]
            wait = "if $samtal_rule == \(index) then samtal_value(samtal_wait_\(index)) else \(wait) end"
        }
        members += ["rule: $samtal_rule", "seconds: (\(wait))"]
        lines += ["(\(choice)) as $samtal_rule", "| {\(members.joined(separator: ", "))}"]
        return lines.joined(separator: "\n")
    }

    /// Runs the rules over an answer.
    func findings(_ answer: JSON, machine: JQMachine, now: Timestamp) async throws(JQError) -> JSON {
        let outputs = try await machine.run(program, .json(answer), request: [:], now: now)
        return outputs.first ?? .null
    }
}

extension ErrorRule {
    /// Whether the rule speaks of requests without an answer. One that does not is not asked about them, or a last
    /// `when: "true"` would make every broken connection permanent.
    var seesTransport: Bool { when.source.contains(".transport") || when.source.contains(".sent") }
}
