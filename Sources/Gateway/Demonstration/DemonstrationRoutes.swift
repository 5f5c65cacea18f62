// The demonstration's own addresses: its page, what the page asks for, and the two ends that the gateway calls.

import HTTPTypes
import Hummingbird
import Logging
import Model
import NIOCore
import Signing
import Transports

/// Serves the page and plays both ends.
struct DemonstrationRoutes: Sendable {
    let demonstration: Demonstration
    let transport: any HTTPTransport
    let clock: WallClock

    func add(to router: Router<BasicRequestContext>) {
        let page = DemonstrationPage.html
        router.get("/") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/html; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: page)))
        }
        router.get("/demo/state") { _, _ in Self.answer(demonstration.memory.json) }
        router.post("/demo/customer/send") { request, _ in try await write(request) }
        router.post("/demo/customer/inbox") { request, _ in try await receiveReply(request) }
        router.post("/demo/crm/events") { request, _ in try await receiveEvent(request) }
        router.post("/demo/crm/answer") { request, _ in try await answerCustomer(request) }
    }

    /// The page's customer writes: kept on their side, then posted to the channel as any shop would.
    private func write(_ request: Request) async throws -> Response {
        let form = try await json(request)
        guard let name = form["name"].string, let text = form["text"].string, !name.isEmpty, !text.isEmpty else {
            throw Problem(.badRequest, "bad-body", "name and text")
        }
        let id = MessageID(at: clock.now).text
        let body: JSON = [
            "id": .string(id), "author": ["id": .string(name.lowercased()), "name": .string(name)],
            "text": .string(text), "at": .string(clock.now.rfc3339),
        ]
        let response = try await post(
            body, id: id, to: "/channels/\(Demonstration.channel)", secret: demonstration.channelSecret)
        if (200..<300).contains(response.status) {
            _ = try demonstration.memory.add("customer", key: "out:\(id)", conversation: nil, body)
        }
        return Self.answer(["status": .integer(Int64(response.status))])
    }

    /// The channel delivers an agent's reply.
    private func receiveReply(_ request: Request) async throws -> Response {
        let (key, body) = try await verified(request, secret: demonstration.channelSecret)
        _ = try demonstration.memory.add("customer", key: key, conversation: nil, body)
        return Self.answer(["id": .string("reply-\(key)")])
    }

    /// The contract delivers an event: the CRM files it under the conversation's ticket.
    private func receiveEvent(_ request: Request) async throws -> Response {
        let (key, body) = try await verified(request, secret: demonstration.contractSecret)
        let number = try demonstration.memory.add("crm", key: key, conversation: body["subject"].string, body)
        return Self.answer(.members(["ticket": number.map { .string("T-\($0)") }]))
    }

    /// The page's agent answers or closes: posted to the contract's callback as any CRM would.
    private func answerCustomer(_ request: Request) async throws -> Response {
        let form = try await json(request)
        let id = MessageID(at: clock.now).text
        var command = form.object ?? [:]
        command["id"] = .string(id)
        command["agent"] = ["id": "1", "name": "Kim"]
        let response = try await post(
            .object(command), id: id, to: "/contracts/\(Demonstration.contract)", secret: demonstration.contractSecret)
        let told = (try? JSON(parsing: response.body)) ?? .null
        return Self.answer(["status": .integer(Int64(response.status)), "answer": told])
    }

    private func json(_ request: Request) async throws -> JSON {
        do {
            return try JSON(parsing: try await request.collect(upTo: API.bodyBytesMax))
        } catch let error as JSONSyntaxError {
            throw Problem(.badRequest, "bad-body", "\(error)")
        }
    }

    /// Signs and posts, as Standard Webhooks asks.
    private func post(
        _ body: JSON, id: String, to path: String, secret: String
    ) async throws -> Transports.HTTPResponse {
        let signer = try WebhookSigner(keys: [secret])
        let bytes = body.bytes
        let url = demonstration.address + path
        let request = Transports.HTTPRequest(
            method: "POST", url: url,
            headers: [HeaderField("content-type", "application/json")]
                + signer.headers(id: id, at: clock.now, body: bytes),
            body: bytes, timeout: .seconds(10), redactedURL: url)
        switch await transport.send(request) {
        case .response(let response): return response
        case .failure(let failure): throw Problem(.badGateway, "gateway-unreachable", failure.message)
        }
    }

    /// Checks the signature as a receiver must, then reads the body.
    private func verified(_ request: Request, secret: String) async throws -> (id: String, body: JSON) {
        func header(_ name: String) -> String { HTTPField.Name(name).flatMap { request.headers[$0] } ?? "" }
        let bytes = try await request.collect(upTo: API.bodyBytesMax)
        let (id, given) = (header("webhook-id"), header("webhook-signature"))
        guard let seconds = Double(header("webhook-timestamp")),
            abs(Timestamp(seconds: seconds) - clock.now) < .seconds(300),
            let expected = try WebhookSigner(keys: [secret])
                .headers(id: id, at: Timestamp(seconds: seconds), body: bytes).last?.value,
            constantTimeEqual(Array(given.utf8), Array(expected.utf8))
        else { throw Problem(.unauthorized, "not-verified") }
        do {
            return (id, try JSON(parsing: bytes))
        } catch {
            throw Problem(.badRequest, "bad-body", "\(error)")
        }
    }

    private static func answer(_ json: JSON) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: json.bytes)))
    }
}

private func abs(_ duration: Duration) -> Duration { duration < .zero ? .zero - duration : duration }
