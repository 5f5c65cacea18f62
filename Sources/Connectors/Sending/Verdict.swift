// One answer, judged: the connector's rules first, then what HTTP itself says.

import Model
import Transports

/// What one answer means.
struct Verdict: Sendable {
    private(set) var outcome: OutcomeClass
    let wait: Duration?
    /// How long all to the endpoint should wait, because an allowance is nearly used up; `nil`: not at all.
    let pause: Duration?
    /// Why the rules could not be asked; `nil`: they were.
    let ruleFailure: String?
    let id: String?
    let context: JSON?
    let ticket: Ticket?
    /// The rule that decided; `nil`: none did.
    let rule: ErrorRule?

    /// The same where no fresh token helps: a credential that is not taken.
    var withoutRefresh: Verdict {
        guard outcome == .authRefresh else { return self }
        var verdict = self
        verdict.outcome = .auth
        return verdict
    }

    /// Whether the request counts as done.
    var isDone: Bool { outcome == .ok || outcome == .duplicate }

    /// Whether it holds for everything that goes to the endpoint.
    var holdsAccount: Bool { [.throttled, .permanent].contains(outcome) && rule?.holdsAccount ?? false }

    /// - Parameters:
    ///   - findings: what the connector's program said; `nil` when it failed, with the reason in `ruleFailure`.
    ///   - isRepeatable: whether the other side knows a request that comes again.
    init(
        _ view: HTTPOutcomeView, findings: JSON?, ruleFailure: String?, rules: [ErrorRule],
        _ circumstances: (isRepeatable: Bool, now: Timestamp)
    ) {
        self.ruleFailure = ruleFailure
        let retryAfter = RetryAfter.wait(view.response, now: circumstances.now)
        let isOK = findings?["ok"].bool ?? view.response.map { (200..<300).contains($0.status) } ?? false
        let index = findings?["rule"].integer.flatMap { Int(exactly: $0) }
        let rule = index.flatMap { rules.indices.contains($0) ? rules[$0] : nil }
        self.rule = isOK ? nil : rule
        if isOK {
            (outcome, wait) = (.ok, nil)
        } else if let rule {
            outcome = rule.outcome
            let told = findings.flatMap { RetryAfter.duration($0["seconds"]) }
            let known = told ?? retryAfter ?? rule.waitUntil?.wait(from: circumstances.now) ?? rule.waitDefault
            wait = [.transient, .throttled].contains(rule.outcome) ? known : nil
        } else {
            let usual = Self.usualOutcome(view, isRepeatable: circumstances.isRepeatable)
            (outcome, wait) = (usual, usual == .transient ? retryAfter : nil)
        }
        pause = findings.flatMap { RetryAfter.duration($0["pause"]) }
        id = findings.flatMap { Self.identifier($0["id"]) }
        context = findings?["context"].unlessNull
        ticket = findings.flatMap { findings in
            Self.identifier(findings["ticket"]).map { id in
                Ticket(
                    externalID: id, url: findings["ticket_url"].string,
                    context: findings["ticket_context"].unlessNull)
            }
        }
    }

    /// What HTTP says where the connector says nothing (RFC 9110 section 15).
    private static func usualOutcome(_ view: HTTPOutcomeView, isRepeatable: Bool) -> OutcomeClass {
        if let failure = view.failure {
            if failure.sent { return isRepeatable ? .transient : .unknownOutcome }
            // The guard or the request's own form forbids it: that does not pass by itself.
            return failure.kind == .refused ? .permanent : .transient
        }
        return switch view.response?.status ?? 0 {
        case 401: .auth
        case 408, 425, 429, 500...599: .transient
        default: .permanent
        }
    }

    private static func identifier(_ json: JSON) -> String? {
        switch json {
        case .string(let text): text.isEmpty ? nil : text
        case .integer(let number): String(number)
        default: nil
        }
    }
}
