// A sender asks for leave to send before it does: CloudEvents HTTP webhooks 1.0.2 section 4.

import Model

/// Which senders have leave.
struct OriginPermission: Sendable {
    private let origins: [Template]
    /// Requests a minute; `nil`: any number.
    private let rate: Int?

    init(_ fields: Fields) {
        origins = fields.strings("origins").compactMap { try? Template($0) }
        rate = fields.integer("rate")
    }

    /// Leave, or a refusal without the words that would give it; `nil` for an OPTIONS request that asks for none.
    /// - Parameter methods: the connector's own.
    func reception(_ parts: inout RequestParts, methods: [String]) -> Reception? {
        let header = Part.header("webhook-request-origin")
        guard parts.request.method == "OPTIONS", parts.isPresent(header) else { return nil }
        do throws(RequestParts.Missing) {
            let origin = try parts.text(header)
            let settings = parts.settings
            let listed = origins.flatMap { $0.values(settings) }.filter { !$0.isEmpty }
            // Names of DNS are the same in any case (RFC 4343).
            guard let name = listed.first(where: { $0.lowercased() == origin.lowercased() }) else {
                return .refused(status: 403, reason: "the origin is not one of those that have leave")
            }
            let headers = [
                HeaderField("allow", methods.joined(separator: ", ")),
                HeaderField("webhook-allowed-origin", name),
                HeaderField("webhook-allowed-rate", rate.map { String($0) } ?? "*"),
            ]
            return .answered(Answer(status: 200, contentType: "text/plain", body: [], headers: headers))
        } catch {
            return .refused(status: 400, reason: error.reason)
        }
    }
}
