// Asking an endpoint for leave to send to it: CloudEvents HTTP webhooks 1.0.2 section 4.

import Model
import Transports

/// How a connector asks for leave.
struct LeaveDeclaration: Sendable {
    /// Who we are, a name of DNS.
    let origin: Template
    /// How many requests a minute we should like to send; `nil`: we do not say.
    let rate: Int?

    init?(_ fields: Fields) {
        guard let origin = fields.template("origin") else { return nil }
        self.origin = origin
        rate = fields.integer("rate")
    }
}

/// What an endpoint says when it is asked.
package enum LeaveAnswer: Sendable, Hashable {
    /// - Parameter perMinute: how many requests; `nil`: any number.
    case given(perMinute: Int?)
    /// The endpoint was there and did not agree.
    case refused(reason: String)
    /// Nobody answered, or we could not ask: nothing is known.
    case unknown(PollFailure)
}

extension Connector {
    /// Whether it asks for leave before anything is sent: its connector says so, and the setting has a value.
    package var asksLeave: Bool { sender?.leave != nil }

    /// Asks once.
    package func askForLeave() async -> LeaveAnswer {
        guard let leave = sender?.leave else { return .given(perMinute: nil) }
        var headers: [String: JSON] = [:]
        if let rate = leave.rate { headers["WebHook-Request-Rate"] = .string(String(rate)) }
        let response: HTTPResponse
        do {
            let rendered = try RenderedRequest(
                mapping: ["method": "OPTIONS", "path": "", "headers": .object(headers)])
            let (view, verdict) = try await exchange(rendered, key: "leave")
            guard let answer = view.response else {
                return .unknown(
                    PollFailure(
                        outcome: verdict.outcome, reason: reason(view, verdict) ?? "no answer", wait: verdict.wait))
            }
            response = answer
        } catch {
            let mistake = error as? SendMistake
            return .unknown(
                PollFailure(
                    outcome: mistake?.outcome ?? .permanent, reason: mistake?.reason ?? "\(error)", wait: nil))
        }
        return Self.leave(in: response, for: leave)
    }

    /// The status says nothing (section 4.2): only the headers count. Without an allowed rate the one that was asked
    /// for counts (section 4.2.2).
    private static func leave(
        in response: HTTPResponse, for asked: (origin: String, rate: Int?)
    ) -> LeaveAnswer {
        func values(_ name: String) -> [String] {
            response.headers.filter { $0.name.lowercased() == name }.map(\.value)
        }
        let allowed = values("webhook-allowed-origin")
        guard allowed.count == 1, allowed[0] == "*" || allowed[0].lowercased() == asked.origin.lowercased() else {
            let said = allowed.isEmpty ? "it has no WebHook-Allowed-Origin" : "WebHook-Allowed-Origin is another's"
            return .refused(reason: "no leave to send: answered with \(response.status), \(said)")
        }
        switch values("webhook-allowed-rate") {
        case []: return .given(perMinute: asked.rate)
        case ["*"]: return .given(perMinute: nil)
        case let rates:
            guard rates.count == 1, let rate = Int(rates[0]), (1...100_000).contains(rate) else {
                return .refused(reason: "no leave to send: WebHook-Allowed-Rate is no number of requests a minute")
            }
            return .given(perMinute: rate)
        }
    }
}
