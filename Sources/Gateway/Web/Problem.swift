// What a caller is told when something is wrong: RFC 9457, with a code that never changes its meaning.

package import HTTPTypes
package import Hummingbird
import Logging
package import Model

/// A problem as an HTTP answer. `detail` is for the caller; nothing of our inside is in it.
package struct Problem: Error, Sendable, Hashable {
    package let status: HTTPResponse.Status
    /// Stable, in kebab case; listed in docs/errors.md.
    package let code: String
    package let detail: String?
    /// When to come back, seconds.
    package let retryAfter: Int?
    /// For 405: the methods that are taken (RFC 9110 section 15.5.6).
    package let allow: [String]

    package init(
        _ status: HTTPResponse.Status, _ code: String, _ detail: String? = nil, retryAfter: Int? = nil,
        allow: [String] = []
    ) {
        self.allow = allow
        self.status = status
        self.code = code
        self.detail = detail
        self.retryAfter = retryAfter
    }

    package static let notFound = Problem(.notFound, "not-found")
    package static let unavailable = Problem(
        .serviceUnavailable, "store-unavailable", "Nothing was stored; send it again.", retryAfter: 30)

    package var json: JSON {
        .members([
            "type": .string("about:blank"), "title": .string(title),
            "status": .integer(Int64(status.code)), "code": .string(code), "detail": JSON(detail),
        ])
    }

    /// RFC 9457 section 4.2.1: with `about:blank` the status's own phrase. A status that a connector chose, out of 400
    /// to 499, comes without one.
    private var title: String {
        if !status.reasonPhrase.isEmpty { return status.reasonPhrase }
        let usual: [HTTPResponse.Status] = [
            .badRequest, .unauthorized, .forbidden, .notFound, .gone, .unprocessableContent, .tooManyRequests,
        ]
        return usual.first { $0.code == status.code }?.reasonPhrase ?? "Refused"
    }
}

extension Problem: HTTPResponseError {
    package func response(from request: Request, context: some RequestContext) throws -> Response {
        var headers: HTTPFields = [.contentType: "application/problem+json"]
        if let retryAfter { headers[.retryAfter] = String(retryAfter) }
        if status == .methodNotAllowed { headers[.allow] = allow.joined(separator: ", ") }
        // RFC 9110 section 15.5.2: a 401 says how to authenticate. Webhooks do it by their signature, not by a scheme.
        if status == .unauthorized, code != "not-verified" { headers[.wwwAuthenticate] = "Bearer" }
        return Response(status: status, headers: headers, body: .init(byteBuffer: .init(bytes: json.bytes)))
    }
}

/// Turns whatever a route throws into a problem: a defect of ours says no more than that it is one.
struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return try problem.response(from: request, context: context)
        } catch let error as HTTPError {
            let problem = Problem(error.status, Self.code(of: error.status), error.body)
            return try problem.response(from: request, context: context)
        } catch {
            context.logger.error(
                "a request failed", metadata: ["error": "\(error)", "path": "\(request.uri.path.prefix(200))"])
            return try Problem(.internalServerError, "internal").response(from: request, context: context)
        }
    }

    private static func code(of status: HTTPResponse.Status) -> String {
        status.reasonPhrase.lowercased().replacing(" ", with: "-")
    }
}
