// What an answer means: `send.result` and `errors` of the connector in one jq program, so that an answer costs one run.

import Model

/// The rules of one connector.
struct AnswerClassifier: Sendable {
    /// Every piece of jq in the YAML as a program of its own, for checks: errors name the YAML and its line.
    let snippets: [JQProgram]
    let rules: [ErrorRule]
    /// Asks the rules only of an answer that is not done.
    private let program: JQProgram
    /// Asks the rules of every answer, for who knows better whether it is done.
    private let askingAlways: JQProgram

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
        let name = "\(folder.file) (result, errors)"
        let (own, always) = (Text(named, rules, gauges), Text(named, rules, gauges, asksAlways: true))
        program = JQProgram(name: name, source: own.source, settings: settings)
        askingAlways = JQProgram(name: name, source: always.source, settings: settings)
    }

    /// Runs the rules over an answer.
    /// - Parameter isOK: whether it is done, when who asks knows; `nil`: the connector says, or HTTP.
    func findings(
        _ answer: JSON, isOK: Bool?, machine: JQMachine, now: Timestamp
    ) async throws(JQError) -> JSON {
        let program = isOK == nil ? program : askingAlways
        let findings = try await machine.run(program, .json(answer), request: [:], now: now).first ?? .null
        return isOK.map { findings.adding(["ok": .bool($0)]) } ?? findings
    }
}

extension AnswerClassifier {
    /// The text of the program: each piece a definition on lines of its own, then one object with what they say.
    private struct Text {
        private var lines = [
            "def samtal_one(f): try f catch null;",
            "def samtal_first(f): try ([first(f)] | .[0]) catch null;",
            "def samtal_holds: . != null and . != false;",
        ]
        private var members: [String] = []

        var source: String { lines.joined(separator: "\n") }

        init(
            _ named: [(name: String, snippet: Snippet?)], _ rules: [ErrorRule], _ gauges: [GaugeRule],
            asksAlways: Bool = false
        ) {
            // Where the connector does not say it, as the verdict sees it.
            var isOK = ".transport == null and .status >= 200 and .status < 300"
            for (name, snippet) in named {
                guard let snippet else { continue }
                let value = define(name, snippet)
                if name == "ok" { isOK = ".transport == null and (\(value) | samtal_holds)" }
                members.append(name == "ok" ? "ok: $samtal_ok" : "\(name): (\(value))")
            }
            addPause(gauges)
            var choice = "null"
            var wait = "null"
            for (index, rule) in rules.enumerated().reversed() {
                let when = define("when_\(index)", rule.when)
                let guardText = rule.seesTransport ? "" : ".transport == null and "
                choice = "if \(guardText)(\(when) | samtal_holds) then \(index) else \(choice) end"
                guard let seconds = rule.waitSeconds else { continue }
                let value = define("wait_\(index)", seconds)
                wait = "if $samtal_rule == \(index) then \(value) else \(wait) end"
            }
            members += ["rule: $samtal_rule", "seconds: (\(wait))"]
            lines += [
                "(\(isOK)) as $samtal_ok",
                "| (\(asksAlways ? choice : "if $samtal_ok then null else \(choice) end")) as $samtal_rule",
                "| {\(members.joined(separator: ", "))}",
            ]
        }

        /// Defines a piece.
        /// - Returns: what reads its first output; `null` when it has none or raises.
        private mutating func define(_ name: String, _ snippet: Snippet) -> String {
            lines += ["def samtal_\(name):", snippet.source, ";"]
            var lexer = JQLexer(snippet.source)
            lexer.run()
            return "samtal_\(lexer.givesOneOutput ? "one" : "first")(samtal_\(name))"
        }

        /// How long all should wait, as the gauges say.
        private mutating func addPause(_ gauges: [GaugeRule]) {
            var pauses: [String] = []
            for (index, gauge) in gauges.enumerated() {
                let isHigh = "\(define("gauge_\(index)", gauge.percent)) | type == \"number\" and . > \(gauge.above)"
                pauses.append("(if \(isHigh) then \(gauge.wait.components.seconds) else empty end)")
            }
            if !pauses.isEmpty { members.append("pause: ([\(pauses.joined(separator: ", "))] | max)") }
        }
    }
}

extension ErrorRule {
    /// Whether the rule speaks of requests without an answer. One that does not is not asked about them, or a last
    /// `when: "true"` would make every broken connection permanent.
    var seesTransport: Bool { when.source.contains(".transport") || when.source.contains(".sent") }
}
