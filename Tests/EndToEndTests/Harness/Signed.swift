// Requests as the other side signs them.

import Model
import Signing

/// Signed requests.
enum Signed {
    /// Standard Webhooks 1.0, for the `webhook` channel and contract.
    static func webhook(
        _ path: String, _ body: [UInt8], key: String = House.key, id: String = "test-1",
        at time: Timestamp = WallClock.system.now
    ) throws -> WebRequest {
        let signature = try WebhookSigner(keys: [key]).headers(id: id, at: time, body: body)
        return WebRequest(
            "POST", path, headers: [HeaderField("content-type", "application/json")] + signature, body: body)
    }

    static func webhook(_ path: String, _ json: JSON, id: String = "test-1") throws -> WebRequest {
        try webhook(path, json.bytes, id: id)
    }

    /// `X-Hub-Signature-256`, an HMAC of the body with a prefix.
    static func hub(_ path: String, _ body: [UInt8], key: String = House.hubSecret) -> WebRequest {
        let digest = Digest.hmac(.sha256, key: Array(key.utf8), body)
        return WebRequest(
            "POST", path, headers: [HeaderField("x-hub-signature-256", "sha256=\(BinaryText.hex.encode(digest))")],
            body: body)
    }

    /// Whether a peer's request carries a valid signature of `key`, made within the last minute.
    static func isValid(_ request: PeerRequest, key: String = House.key) throws -> Bool {
        guard let seconds = request.headers["webhook-timestamp"].flatMap(Int64.init), !request.webhookID.isEmpty
        else { return false }
        let time = Timestamp(milliseconds: seconds * 1000)
        let age = WallClock.system.now - time
        let expected = try WebhookSigner(keys: [key]).headers(id: request.webhookID, at: time, body: request.body)
        let signature = expected.first { $0.name == "webhook-signature" }?.value
        return age < .seconds(60) && request.headers["webhook-signature"] == signature
    }
}
