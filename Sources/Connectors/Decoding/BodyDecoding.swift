// How a connector's bodies are written.

import Model

/// The form of a body.
enum BodyDecoding: String, Sendable, CaseIterable {
    case json
    case form

    /// The body as JSON; `nil` when it cannot be read. For the parts of a verification and a handshake.
    func value(_ body: [UInt8]) -> JSON? {
        switch self {
        case .json: try? JSON(parsing: body)
        case .form: try? FormBody.json(body)
        }
    }
}
