// Signed links: whoever holds one gets the file, until it ends. Everything that is wrong about one is a 404.

import Conversations
import HTTPTypes
import Hummingbird
import Logging
import Model
import Storage

/// `/files/ATTACHMENT/EXPIRES/SIGNATURE/NAME`.
struct LinkRoutes: Sendable {
    let live: LiveInstallation

    func add(to router: Router<BasicRequestContext>) {
        router.get("/files/:attachment/:expires/:signature/:name") { _, context in try await file(context) }
    }

    private func file(_ context: BasicRequestContext) async throws -> Response {
        let files = live.current.files
        do {
            guard let attachment = context.parameters.get("attachment"),
                let expires = context.parameters.get("expires"),
                let signature = context.parameters.get("signature"),
                let id = try await files.link(attachment, expires: expires, signature: signature),
                let standing = try await files.obtain(id)
            else { throw Problem.notFound }
            switch standing {
            case .kept(let attachment):
                return Response(try await files.carried(attachment))
            case .refused: throw Problem.notFound
            case .unavailable, .later: throw Problem.fileUnavailable("It can not be had now.")
            }
        } catch let error as StoreError {
            context.logger.error("a file can not be given", metadata: ["error": "\(error)"])
            throw Problem.unavailable
        }
    }
}
