// `make run`: a customer's side and a CRM's side on one page, speaking with the gateway over real HTTP, signed both
// ways. It uses the gateway as any outsider does: the webhook channel, the webhook contract, and nothing else.

import Foundation
import HTTPTypes
import Hummingbird
package import Model
import NIOCore
import Signing

/// The demonstration's folder: its samtal.yaml, its secrets, and what its CRM remembers.
package struct Demonstration: Sendable {
    package static let channel = "shop-chat"
    package static let contract = "demo-crm"

    /// The configuration that was written for it.
    package let file: String
    /// Where it is served, `http://127.0.0.1:PORT`.
    package let address: String
    let channelSecret: String
    let contractSecret: String
    let memory: DemonstrationMemory

    /// Makes the folder at the first start, and finds yesterday's at the next.
    /// - Throws: when the folder can not be written or read.
    package init(directory: String, port: Int, clock: WallClock) throws {
        let folder = URL(fileURLWithPath: directory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        address = "http://127.0.0.1:\(port)"
        channelSecret = try Self.secret(in: folder.appendingPathComponent("channel.secret"))
        contractSecret = try Self.secret(in: folder.appendingPathComponent("contract.secret"))
        let configuration = folder.appendingPathComponent("samtal.yaml")
        file = configuration.path
        try Data(Self.configuration(address: address, port: port).utf8).write(to: configuration)
        memory = try DemonstrationMemory(file: folder.appendingPathComponent("crm.jsonl"), clock: clock)
    }

    private static func secret(in file: URL) throws -> String {
        if let text = try? String(contentsOf: file, encoding: .utf8) { return text }
        let secret = "whsec_" + BinaryText.base64.encode(RandomBytes.make(32))
        guard
            FileManager.default.createFile(
                atPath: file.path, contents: Data(secret.utf8), attributes: [.posixPermissions: 0o600])
        else { throw CocoaError(.fileWriteUnknown) }
        return secret
    }

    private static func configuration(address: String, port: Int) -> String {
        """
        # Written by `samtal demo`; a whole configuration, to look at and to copy from.
        store: sqlite:samtal.db
        listen: 127.0.0.1:\(port)
        network:
          allow: [127.0.0.0/8]       # the demonstration speaks with itself
        channels:
          \(channel):
            adapter: webhook
            settings:
              secret: "file:channel.secret"
              reply_url: \(address)/demo/customer/inbox
        contracts:
          \(contract):
            contract: webhook
            settings:
              secret: "file:contract.secret"
              url: \(address)/demo/crm/events

        """
    }

    /// The same by hand: a signed post of a customer's message.
    package func curlLine() -> String {
        """
        body='{"id":"'$(date +%s)'","author":{"id":"ada","name":"Ada"},"text":"Hello from curl"}'; t=$(date +%s); \
        key=$(sed 's/^whsec_//' \(folder)/channel.secret | base64 -d | od -An -tx1 | tr -d ' \\n'); \
        sig=$(printf '%s' "m$t.$t.$body" | openssl dgst -sha256 -mac HMAC -macopt hexkey:$key -binary | base64); \
        curl -i \(address)/channels/\(Self.channel) -H "webhook-id: m$t" -H "webhook-timestamp: $t" \
        -H "webhook-signature: v1,$sig" -d "$body"
        """
    }

    private var folder: String { URL(fileURLWithPath: file).deletingLastPathComponent().relativePath }
}
