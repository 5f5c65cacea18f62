// What the rules of a connector see of an answer, or of its absence.

import Model
import Transports

/// An answer or its absence, both halves at hand.
struct HTTPOutcomeView: Sendable {
    let response: HTTPResponse?
    let failure: TransportFailure?

    init(_ outcome: HTTPOutcome) {
        switch outcome {
        case .response(let response): (self.response, failure) = (response, nil)
        case .failure(let failure): (response, self.failure) = (nil, failure)
        }
    }
}

extension HTTPOutcomeView {
    /// `{status, headers, body, transport, sent}`: the body decoded if it is JSON, else a string.
    var json: JSON {
        var headers: [String: JSON] = [:]
        for field in response?.headers ?? [] {
            // RFC 9110 section 5.3: fields with one name are one list.
            let earlier = headers[field.name]?.string.map { "\($0), " } ?? ""
            headers[field.name] = .string(earlier + field.value)
        }
        let body: JSON =
            response.map { response in
                (try? JSON(parsing: response.body)) ?? .string(String(decoding: response.body, as: UTF8.self))
            } ?? .null
        return [
            "status": response.map { .integer(Int64($0.status)) } ?? .null, "headers": .object(headers), "body": body,
            "transport": JSON(failure?.kind.rawValue) ?? .null, "sent": .bool(failure?.sent ?? true),
        ]
    }
}
