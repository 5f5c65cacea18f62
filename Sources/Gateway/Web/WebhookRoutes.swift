// Step 1 of the hallway over HTTP: /channels/NAME and /contracts/NAME. The body is read within its bound, the rest is
// the wing's.

import Channels
import Connectors
import Contracts
import Conversations
import HTTPTypes
import Hummingbird
import Logging
import Model
import NIOCore
import Storage

/// The addresses that networks and CRMs call.
struct WebhookRoutes: Sendable {
    let live: LiveInstallation
    let clock: WallClock
    let bodyBytesMax: Int
    let refusals: Refusals

    func add(to router: Router<BasicRequestContext>) {
        for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete, .options] {
            for path in ["/channels/:name", "/channels/:name/:secret"] {
                router.on(.init(path), method: method) { request, context in
                    try await receiveForChannel(request, context)
                }
            }
            for path in ["/contracts/:name", "/contracts/:name/:secret"] {
                router.on(.init(path), method: method) { request, context in
                    try await receiveForContract(request, context)
                }
            }
        }
    }

    private func receiveForChannel(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        guard let name = context.parameters.get("name"), let channel = live.current.channels[name],
            context.parameters.get("secret") == nil || channel.connector.takesPathSecret
        else {
            throw Problem(.notFound, "unknown-channel")
        }
        let received = try await received(request, context)
        let receipt: ConnectorChannel.Receipt
        do {
            receipt = try await channel.receive(received)
        } catch let error as StoreError {
            throw unavailable(error, context)
        }
        switch receipt {
        case .refused(let status, let reason):
            throw refused(status, reason, channel.endpoint, channel.connector, context)
        case .postponed(let postponement, let reason):
            throw postponed(postponement, reason, channel.endpoint, context)
        case .answered(let answer):
            return Response(answer)
        case .stored(let answer, let envelope, let outcome):
            log(envelope, outcome, channel.endpoint, context)
            return Response(answer)
        }
    }

    private func receiveForContract(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        guard let name = context.parameters.get("name"), let contract = live.current.contracts[name],
            context.parameters.get("secret") == nil || contract.connector.takesPathSecret
        else {
            throw Problem(.notFound, "unknown-contract")
        }
        let received = try await received(request, context)
        let receipt: ConnectorContract.Receipt
        do {
            receipt = try await contract.receive(received)
        } catch let error as StoreError {
            throw unavailable(error, context)
        }
        switch receipt {
        case .refused(let status, let reason):
            throw refused(status, reason, contract.endpoint, contract.connector, context)
        case .postponed(let postponement, let reason):
            throw postponed(postponement, reason, contract.endpoint, context)
        case .answered(let answer):
            return Response(answer)
        case .quarantined(let answer, let envelope):
            log(envelope, .quarantined, contract.endpoint, context)
            return Response(answer)
        case .stored(let answer, let envelope, let result):
            log(envelope, result.outcome, contract.endpoint, context)
            if let refusal = result.onlyRefusal { throw Problem(refusal) }
            return Response(answer)
        }
    }

    /// Reads the request within its bounds.
    private func received(_ request: Request, _ context: BasicRequestContext) async throws -> ReceivedRequest {
        let body = try await request.collect(upTo: bodyBytesMax)
        return ReceivedRequest(
            method: request.method.rawValue, path: request.uri.path,
            pathSecret: context.parameters.get("secret"), rawQuery: request.uri.query ?? "",
            headers: request.headers.map { HeaderField($0.name.canonicalName, $0.value) },
            body: body, receivedAt: clock.now)
    }

    private func refused(
        _ status: Int, _ reason: String, _ endpoint: Endpoint, _ connector: Connector, _ context: BasicRequestContext
    ) -> Problem {
        refusals.count(endpoint)
        context.logger.info("refused", metadata: ["endpoint": "\(endpoint)", "reason": "\(reason)"])
        if status == 405 {
            return Problem(.methodNotAllowed, "method-not-allowed", allow: connector.methods)
        }
        return Problem(.init(integerLiteral: status), "not-verified")
    }

    private func postponed(
        _ postponement: Postponement, _ reason: String, _ endpoint: Endpoint, _ context: BasicRequestContext
    ) -> Problem {
        let (line, code): (Logger.Message, String) =
            switch postponement {
            case .lookUp: ("a look-up failed", "lookup-failed")
            case .keys: ("no keys to verify with", "keys-unavailable")
            case .confirmation: ("a confirmation failed", "confirmation-failed")
            }
        context.logger.warning(line, metadata: ["endpoint": "\(endpoint)", "reason": "\(reason)"])
        return Problem(.serviceUnavailable, code, "Nothing was stored; send it again.", retryAfter: 30)
    }

    private func unavailable(_ error: StoreError, _ context: BasicRequestContext) -> Problem {
        context.logger.error("the store failed", metadata: ["error": "\(error)"])
        return .unavailable
    }

    /// The reason of a quarantine may quote the customer; it stands in the journal, not in the log.
    private func log(
        _ envelope: EnvelopeID, _ outcome: EnvelopeOutcome, _ endpoint: Endpoint, _ context: BasicRequestContext
    ) {
        let level: Logger.Level = outcome == .quarantined ? .warning : .debug
        context.logger.log(
            level: level, "received",
            metadata: [
                "correlation": "\(envelope)", "endpoint": "\(endpoint)", "outcome": "\(outcome.rawValue)",
            ])
    }
}

extension Request {
    /// The whole body.
    /// - Throws: 413 when it is longer than `bytesMax`; a declared length is believed before a byte is read. 400 when
    ///   it breaks off or is no HTTP: the caller's mistake, not ours. 503 when the gateway stops before it is there.
    func collect(upTo bytesMax: Int) async throws -> [UInt8] {
        if let declared = headers[.contentLength].flatMap(Int.init), declared > bytesMax {
            throw Problem(.contentTooLarge, "body-too-large", "at most \(bytesMax) bytes")
        }
        do {
            return Array(buffer: try await body.collect(upTo: bytesMax))
        } catch is NIOTooManyBytesError {
            throw Problem(.contentTooLarge, "body-too-large", "at most \(bytesMax) bytes")
        } catch is CancellationError {
            throw Problem.unavailable
        } catch {
            throw Problem(.badRequest, "bad-body", "the body breaks off or is not what its head says")
        }
    }
}

extension Response {
    /// The answer that a connector gives.
    init(_ answer: Answer) {
        var headers: HTTPFields = [:]
        for field in answer.headers {
            guard let name = HTTPField.Name(field.name) else { continue }
            headers[name] = field.value
        }
        if !answer.body.isEmpty { headers[.contentType] = answer.contentType }
        self.init(
            status: .init(code: answer.status), headers: headers, body: .init(byteBuffer: .init(bytes: answer.body)))
    }
}

extension Problem {
    /// A command that may not be carried out.
    init(_ refusal: CommandRefusal) {
        let unknown: [CommandRefusal.Code] = [.unknownTicket, .unknownConversation, .unknownLeg, .unknownFile]
        self.init(
            unknown.contains(refusal.code) ? .notFound : .unprocessableContent, refusal.code.rawValue, refusal.message)
    }
}

extension CallbackOutcome {
    /// The first refusal, when nothing of the callback was carried out.
    var onlyRefusal: CommandRefusal? {
        var refusal: CommandRefusal?
        for result in results {
            guard case .failure(let found) = result else { return nil }
            refusal = refusal ?? found
        }
        return refusal
    }
}
