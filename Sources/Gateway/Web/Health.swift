// For those who watch the process: is it alive, and can it take messages.

import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Storage

/// `/healthz`: the process answers. `/readyz`: the store answers too.
struct Health: Sendable {
    let store: any Store

    func add(to router: Router<BasicRequestContext>) {
        router.get("/healthz") { _, _ in Self.ok }
        router.get("/readyz") { _, context in
            do {
                _ = try await store.read { try $0.row("SELECT 1", []) }
                return Self.ok
            } catch {
                context.logger.error("not ready", metadata: ["error": "\(error)"])
                throw Problem.unavailable
            }
        }
    }

    private static let ok = Response(
        status: .ok, headers: [.contentType: "text/plain"], body: .init(byteBuffer: ByteBuffer(string: "ok\n")))
}
