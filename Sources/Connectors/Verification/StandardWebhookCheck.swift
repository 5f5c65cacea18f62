// The standard_webhooks scheme: id, time and body signed together, with a secret of both sides or by a key pair.

import Model
import Signing

/// A standard_webhooks block with the endpoint's keys.
struct StandardWebhookCheck: Sendable {
    private static let time = Part.header("webhook-timestamp")

    /// `nil`: no key was given, or none but our own private one.
    private let verifier: WebhookVerifier?
    private let tolerance: Duration

    /// - Throws: a key that cannot be used.
    init(key: Template, tolerance: Duration, settings: [String: [String]]) throws(SettingProblems) {
        self.tolerance = tolerance
        let keys = key.values(settings).filter { !$0.isEmpty }
        guard !keys.isEmpty else {
            verifier = nil
            return
        }
        do throws(SigningError) {
            let verifier = try WebhookVerifier(keys: keys)
            self.verifier = verifier.isEmpty ? nil : verifier
        } catch {
            throw SettingProblems([SettingProblem(setting: key.settings.first, message: error.message)])
        }
    }

    var isSet: Bool { verifier != nil }

    /// `nil` when a signature matches and the time is near, else why not.
    func refusal(of parts: inout RequestParts) -> String? {
        do throws(RequestParts.Missing) {
            let id = try parts.text(.header("webhook-id"))
            let time = try parts.text(Self.time)
            if let reason = try SignatureCheck.staleness(&parts, (Self.time, .s, tolerance)) { return reason }
            let signatures = try parts.text(.header("webhook-signature"))
            let isMatch = verifier?.accepts(signatures, id: id, time: time, body: parts.request.body) == true
            return isMatch ? nil : "signature does not match"
        } catch {
            return error.reason
        }
    }
}
