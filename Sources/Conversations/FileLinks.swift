// Signed links: an address that gives one file to whoever holds it, for a time. For networks that take files by address
// only.

package import Model
import Signing
package import Storage
import Synchronization

/// Makes and checks links. The key is made once and lies in the store: links outlive a restart.
package final class FileLinks: Sendable {
    /// How long a link is good.
    package static let lifetime = Duration.seconds(7 * 86_400)

    private let store: any Store
    private let publicURL: String
    private let clock: WallClock
    private let known = Mutex<[UInt8]?>(nil)

    /// - Parameter publicURL: where the world reaches us, without a slash at the end.
    package init(store: any Store, publicURL: String, clock: WallClock) {
        self.store = store
        self.publicURL = publicURL
        self.clock = clock
    }

    /// The address of a file until `expiry`, to the second: for one expiry always the same.
    /// - Throws: ``StoreError``.
    package func link(to attachment: Attachment, until expiry: Timestamp) async throws -> String {
        let seconds = String(expiry.milliseconds / 1000)
        let signature = Self.signature(attachment.id, seconds, key: try await key())
        let name = Self.escaped(attachment.file.name ?? "file")
        return "\(publicURL)/files/\(attachment.id)/\(seconds)/\(signature)/\(name)"
    }

    /// The attachment that a link gives; `nil` for a link that was changed, or is over.
    /// - Throws: ``StoreError``.
    package func attachment(_ id: String, expires: String, signature: String) async throws -> AttachmentID? {
        guard let id = AttachmentID(id) else { return nil }
        let expected = Self.signature(id, expires, key: try await key())
        guard constantTimeEqual(Array(signature.utf8), Array(expected.utf8)),
            let seconds = Int64(expires), clock.now.milliseconds / 1000 < seconds
        else { return nil }
        return id
    }

    private static func signature(_ id: AttachmentID, _ expires: String, key: [UInt8]) -> String {
        BinaryText.base64url.encode(Digest.hmac(.sha256, key: key, Array("file \(id) \(expires)".utf8)))
    }

    private func key() async throws -> [UInt8] {
        if let key = known.withLock({ $0 }) { return key }
        var stored = try await store.read { try $0.linkKey() }
        if stored == nil {
            let (fresh, now) = (BinaryText.hex.encode(RandomBytes.make(32)), clock.now)
            stored = try await store.write { try $0.linkKey(making: fresh, at: now) }
        }
        guard let text = stored, let key = BinaryText.hex.decode(text) else {
            throw StoreError(.corrupt, "the key of the links is none")
        }
        known.withLock { $0 = key }
        return key
    }

    /// A name as a segment of a path (RFC 3986 section 3.3); it is for people only.
    private static func escaped(_ name: String) -> String {
        name.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                String(UnicodeScalar(byte))
            default: "%" + BinaryText.hex.encode([byte]).uppercased()
            }
        }.joined()
    }
}
