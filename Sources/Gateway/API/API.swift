// The API's router: who asks, may they, and what is the answer.

import HTTPTypes
import Hummingbird
import Logging
import Model
import NIOCore
import Signing
import Storage

/// Puts the table of routes on a router.
struct API: Sendable {
    let live: LiveInstallation
    let routes: [APIRoute]
    let clock: WallClock
    /// The longest body of a call, bytes.
    static let bodyBytesMax = 256 * 1024

    func add(to router: Router<BasicRequestContext>) {
        let document = OpenAPI.document(of: routes).bytes
        router.get("/openapi.json") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: .init(byteBuffer: ByteBuffer(bytes: document)))
        }
        for route in routes {
            let path = route.path.replacing("{", with: ":").replacing("}", with: "")
            router.on(.init(path), method: route.method) { request, context in
                try await answer(route, request, context)
            }
        }
    }

    private func answer(
        _ route: APIRoute, _ request: Request, _ context: BasicRequestContext
    ) async throws -> Response {
        let token = try authorize(request, for: route)
        var path: [String: String] = [:]
        for parameter in route.parameters where parameter.place == .path {
            path[parameter.name] = context.parameters.get(parameter.name)
        }
        var query: [String: String] = [:]
        for (name, value) in request.uri.queryParameters { query[String(name)] = String(value) }
        var headers: [HTTPField.Name: String] = [:]
        for field in request.headers { headers[field.name] = field.value }
        // A call's correlation id has the form of an envelope's: one kind of id from the first word to the reply.
        let call = APICall(
            token: token, path: path, query: query, headers: headers,
            body: try await request.collect(upTo: route.bytesMax ?? Self.bodyBytesMax),
            correlation: EnvelopeID(at: clock.now).text)
        let answer: APIAnswer
        do {
            answer = try await route.handle(call)
        } catch let error as StoreError where error.code == .unavailable {
            context.logger.error("the store failed", metadata: ["error": "\(error)"])
            throw Problem.unavailable
        }
        if let file = answer.file { return Response(file) }
        return Response(
            status: answer.status, headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: answer.json.bytes)))
    }

    /// RFC 6750: who asks, and whether they may.
    private func authorize(_ request: Request, for route: APIRoute) throws -> AccessToken {
        guard let value = request.headers[.authorization], value.lowercased().hasPrefix("bearer ") else {
            throw Problem(.unauthorized, "no-token", "send Authorization: Bearer and a token")
        }
        let secret = String(value.dropFirst(7).drop(while: { $0 == " " }))
        var found: AccessToken?
        // Every token is compared, so that the time tells nothing about which are there.
        for token in live.current.configuration.tokens where APIToken.matches(secret, hash: token.hash) {
            found = token
        }
        guard let found else { throw Problem(.unauthorized, "unknown-token") }
        guard found.scopes.contains(route.scope) else {
            throw Problem(.forbidden, "scope-missing", "this needs the scope \(route.scope.rawValue)")
        }
        return found
    }
}
